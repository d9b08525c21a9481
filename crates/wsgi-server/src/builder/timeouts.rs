//! The builder's patience with the clients of connections.

use std::time::Duration;

use super::Builder;
use crate::options::LONGEST;

impl Builder {
    /// Limits how long a new connection may wait before its first request; by default 60 seconds.
    /// After that it is closed. With 0, the request must be there when the connection is accepted.
    /// At most 365 days.
    pub fn first_request_timeout(mut self, timeout: Duration) -> Self {
        self.options.first_request_timeout = timeout.min(LONGEST);
        self
    }

    /// Limits how long a connection may be idle between requests; by default 75 seconds. After
    /// that it is closed. With 0, each connection ends with its first response, which says so. A
    /// front server or load balancer that keeps connections to this server should close them
    /// earlier. At most 365 days.
    pub fn keep_alive(mut self, timeout: Duration) -> Self {
        self.options.keep_alive = timeout.min(LONGEST);
        self
    }

    /// Limits how long a TLS handshake may take from the connection on; by default 15 seconds.
    /// After that the connection is closed. More than 0, and at most 365 days.
    pub fn handshake_timeout(mut self, timeout: Duration) -> Self {
        self.options.handshake_timeout = timeout.min(LONGEST);
        self
    }

    /// Limits how long a request's head may take from its first byte to its last; by default 15
    /// seconds. A head that takes longer is answered 408. The header of the PROXY protocol has the
    /// same time, which begins when the connection is accepted. If it takes longer, the connection
    /// is closed. More than 0, and at most 365 days.
    ///
    /// ```
    /// use std::{io::{self, Write}, net::TcpStream, thread, time::Duration};
    /// use wsgi_application::{Status, application};
    /// use wsgi_server::Server;
    ///
    /// let app = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok("Hello world!\n".into())
    /// });
    /// // A server of fast machines in one room.
    /// let server = Server::builder()
    ///     .bind("127.0.0.1:0")?
    ///     .first_request_timeout(Duration::from_secs(5))
    ///     .handshake_timeout(Duration::from_secs(2))
    ///     .head_timeout(Duration::from_millis(20))
    ///     .body_timeout(Duration::from_secs(2))
    ///     .write_timeout(Duration::from_secs(2))
    ///     .min_rate(100_000)
    ///     .build(app)?;
    /// let (address, handle) = (server.local_addr().clone(), server.handle());
    /// let serving = thread::spawn(move || server.serve_forever());
    ///
    /// let mut slow = TcpStream::connect(&address)?;
    /// slow.write_all(b"GET / HT")?;
    /// assert!(io::read_to_string(slow)?.starts_with("HTTP/1.1 408 "));
    /// handle.shutdown();
    /// serving.join().unwrap()?;
    /// # Ok::<(), io::Error>(())
    /// ```
    pub fn head_timeout(mut self, timeout: Duration) -> Self {
        self.options.head_timeout = timeout.min(LONGEST);
        self
    }

    /// Limits how long the server waits for a request's body; by default 30 seconds, and longer
    /// if it keeps up [`min_rate`](Self::min_rate). After that it is answered 408, or the
    /// application's read fails. More than 0, and at most 365 days.
    pub fn body_timeout(mut self, timeout: Duration) -> Self {
        self.options.body_timeout = timeout.min(LONGEST);
        self
    }

    /// Limits how long the server waits for a client to take a response; by default 30 seconds,
    /// and longer if it keeps up [`min_rate`](Self::min_rate). After that the connection is cut.
    /// More than 0, and at most 365 days.
    pub fn write_timeout(mut self, timeout: Duration) -> Self {
        self.options.write_timeout = timeout.min(LONGEST);
        self
    }

    /// Sets the bytes per second that earn a client more time for a body or a response; by default
    /// 500. With 0, every byte gives it the whole time again. That suits clients that send or read
    /// a little now and then.
    pub fn min_rate(mut self, bytes_per_second: u64) -> Self {
        self.options.min_rate = bytes_per_second;
        self
    }
}
