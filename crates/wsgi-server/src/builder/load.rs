//! The builder's limits of the load that clients can put on a server.

use std::time::Duration;

use super::Builder;
use crate::options::LONGEST;

impl Builder {
    /// Limits the number of connections; by default 65,536. For each further client, an idle
    /// connection is closed: the oldest that never sent a request, or else the one that has been
    /// idle longest. If none is idle, further clients wait to be accepted. The same happens when
    /// the system has no descriptor left. The connection of a [stuck](Self::max_stuck_threads)
    /// thread does not count if its thread does not.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.options.max_connections = connections.max(1);
        self
    }

    /// Limits the number of connections of one address; by default there is no limit, because many
    /// clients can share an address. A limit is at least 1. Addresses of IPv6 count together if
    /// their first 64 bits are the same.
    ///
    /// A further client is answered 503 with `Retry-After`, without a look at its request, and its
    /// connection is closed at once. Over TLS, it is closed without an answer. The errors stream
    /// says at most every ten seconds that clients were turned away.
    ///
    /// Connections to Unix sockets have no address and do not count. Neither do those of FastCGI,
    /// SCGI and uwsgi, because they come from a front server. If a proxy names its client by the
    /// PROXY protocol, the address of that client counts.
    pub fn max_connections_per_address(mut self, connections: usize) -> Self {
        self.options.max_connections_per_address = Some(connections.max(1));
        self
    }

    /// Limits the number of requests on a connection; by default there is no limit. The last
    /// response says that the connection ends: over HTTP by `Connection: close`, over FastCGI by
    /// its end, even if the front server asked to keep it. With 1, or 0, each connection ends with
    /// its first response.
    ///
    /// The limit spreads clients that never reconnect over the servers behind a load balancer.
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
    /// let server = Server::builder()
    ///     .bind("127.0.0.1:0")?
    ///     .max_connections_per_address(100)
    ///     .max_requests_per_connection(2)
    ///     .max_waiting(64)
    ///     .wait_timeout(Duration::from_secs(2))
    ///     .response_timeout(Duration::from_secs(60))
    ///     .build(app)?;
    /// let (address, handle) = (server.local_addr().clone(), server.handle());
    /// let serving = thread::spawn(move || server.serve_forever());
    ///
    /// let mut client = TcpStream::connect(&address)?;
    /// client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(3).as_slice())?;
    /// assert_eq!(io::read_to_string(client)?.matches("Hello world!").count(), 2);
    /// handle.shutdown();
    /// serving.join().unwrap()?;
    /// # Ok::<(), io::Error>(())
    /// ```
    pub fn max_requests_per_connection(mut self, requests: u64) -> Self {
        self.options.max_requests_per_connection = requests.max(1);
        self
    }

    /// Limits the number of requests that wait for a thread, while [`max_threads`] are busy; by
    /// default 1,024. Further requests are answered 503 with `Retry-After`, by the server itself,
    /// and their connections end. With 0, no request waits.
    ///
    /// The limit counts the requests of all connections and protocols, and TLS handshakes, whose
    /// connections are closed without an answer. A request that has not arrived whole does not wait
    /// yet. The errors stream says at most every ten seconds that requests were refused.
    ///
    /// [`max_threads`]: Self::max_threads
    pub fn max_waiting(mut self, requests: usize) -> Self {
        self.options.max_waiting = requests;
        self
    }

    /// Limits how long a request waits for a thread; by default 30 seconds. After that it is
    /// answered 503, like one beyond [`max_waiting`](Self::max_waiting). With 0, no request waits.
    /// At most 365 days.
    pub fn wait_timeout(mut self, timeout: Duration) -> Self {
        self.options.wait_timeout = timeout.min(LONGEST);
        self
    }

    /// Limits how long a response may take, from its head to its last byte; by default there is no
    /// limit. After that the connection is cut, however fast the client takes the bytes, and hooks
    /// hear that the response is incomplete.
    ///
    /// The time begins when the head can no longer be changed, which is just before it is sent. The
    /// time that the application takes before does not count. The time may pass while the
    /// application does something else than write, such as sleep. Then a client that has a part of
    /// the response is cut off at once. One that has nothing yet is cut off when the application
    /// returns. In [`handle_request`](crate::Server::handle_request), a client is cut off at the
    /// next write. The application is not interrupted, but its further writes fail.
    ///
    /// The limit bounds what slow downloads and endless streams can hold. It has to be long enough
    /// for the largest response to the slowest client. More than 0, and at most 365 days.
    pub fn response_timeout(mut self, timeout: Duration) -> Self {
        self.options.response_timeout = Some(timeout.min(LONGEST));
        self
    }
}
