//! The builder's deadline for requests, and the limits of threads that are stuck after it.

use std::time::Duration;

use super::Builder;
use crate::options::LONGEST;

impl Builder {
    /// Sets the deadline of each request, from the call of the application on; by default there is
    /// none. Middleware and the application see it with `Environ::deadline`, and move it either
    /// way, or set one, with `Environ::set_deadline`.
    ///
    /// When it passes during the call, the client gets 504, and the connection ends, whatever the
    /// application does. If a part of the response was sent, or if responses to earlier pipelined
    /// requests wait to be sent, the connection is cut. From then on, the application's reads of
    /// the input and its writes fail. Its thread is not interrupted. It is *stuck* until the
    /// application returns, and another thread takes its place, within
    /// [`max_stuck_threads`](Self::max_stuck_threads). The errors stream names the request and the
    /// thread, once. What the application still returns is dropped, and its hooks run then, with
    /// `End::TimedOut`. Those of `Environ::on_finished_or_overdue`, such as that of an access log,
    /// run at the deadline.
    ///
    /// The deadline ends when the application has returned, and what is left of its body needs no
    /// thread. From there on, [`write_timeout`](Self::write_timeout) and
    /// [`response_timeout`](Self::response_timeout) count. The time before the call has limits of
    /// its own. In [`handle_request`](crate::Server::handle_request) no other thread can answer:
    /// reads and writes obey the deadline, and the client gets 504 when the application returns.
    /// More than 0, and at most 365 days.
    ///
    /// ```
    /// use std::{io::{self, Write}, net::TcpStream, time::{Duration, Instant}};
    /// use wsgi_application::{Status, application};
    /// use wsgi_server::Server;
    ///
    /// let app = application(|environ, start_response| {
    ///     if environ.path_info() == "/report" {
    ///         // This one may take longer.
    ///         let later = environ.deadline().map(|at| at + Duration::from_secs(600));
    ///         environ.set_deadline(later);
    ///     }
    ///     start_response.start(Status::OK, ())?;
    ///     let soon = Instant::now() + Duration::from_secs(30);
    ///     let has_long = environ.deadline().is_some_and(|at| at > soon);
    ///     Ok(format!("long: {has_long}").into())
    /// });
    /// let server = Server::builder()
    ///     .bind("127.0.0.1:0")?
    ///     .request_timeout(Duration::from_secs(30))
    ///     .build(app)?;
    /// for (path, body) in [("/", "long: false"), ("/report", "long: true")] {
    ///     let mut client = TcpStream::connect(server.local_addr())?;
    ///     client.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes())?;
    ///     server.handle_request()?;
    ///     assert!(io::read_to_string(client)?.ends_with(body));
    /// }
    /// # Ok::<(), io::Error>(())
    /// ```
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.options.request_timeout = Some(timeout.min(LONGEST));
        self
    }

    /// Limits the number of stuck threads that do not count against
    /// [`max_threads`](Self::max_threads); by default 64. A thread is stuck while the application
    /// has not returned after the deadline of its request. Its connection does not count against
    /// [`max_connections`](Self::max_connections) meanwhile.
    ///
    /// With more of them, the server is not [ready](crate::Handle::is_ready), and further ones take
    /// the place of others. It is ready again when enough of them have returned.
    pub fn max_stuck_threads(mut self, threads: usize) -> Self {
        self.options.max_stuck_threads = threads;
        self
    }

    /// Sets whether the server ends when more threads are stuck than
    /// [`max_stuck_threads`](Self::max_stuck_threads); by default it goes on. It shuts down as by
    /// [`Handle::shutdown`](crate::Handle::shutdown), without waiting for the threads that are
    /// stuck, and [`serve_forever`](crate::Server::serve_forever) returns a
    /// [`StuckThreads`](crate::StuckThreads). The program should then end, so that its supervisor
    /// starts it anew: nothing else ends such threads.
    ///
    /// ```
    /// use std::{io::{self, Write}, net::TcpStream, sync::mpsc, thread, time::Duration};
    /// use wsgi_application::{Status, application};
    /// use wsgi_server::{Server, StuckThreads};
    /// # use std::sync::Mutex;
    ///
    /// let (wake, woken) = mpsc::channel::<()>();
    /// # let woken = Mutex::new(woken);
    /// let app = application(move |_environ, start_response| {
    ///     # let woken = woken.lock().unwrap();
    ///     let _ = woken.recv(); // does not return
    ///     start_response.start(Status::OK, ())?;
    ///     Ok("too late".into())
    /// });
    /// let server = Server::builder()
    ///     .bind("127.0.0.1:0")?
    ///     .request_timeout(Duration::from_millis(20))
    ///     .max_stuck_threads(0)
    ///     .end_when_stuck(true)
    ///     .build(app)?;
    /// let (address, handle) = (server.local_addr().clone(), server.handle());
    /// let serving = thread::spawn(move || server.serve_forever());
    ///
    /// let mut client = TcpStream::connect(&address)?;
    /// client.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
    /// assert!(io::read_to_string(client)?.starts_with("HTTP/1.1 504 "));
    /// let error = serving.join().unwrap().unwrap_err();
    /// assert_eq!(StuckThreads::of(&error).unwrap().count(), 1);
    /// assert_eq!(handle.stuck(), 1);
    /// drop(wake);
    /// # Ok::<(), io::Error>(())
    /// ```
    pub fn end_when_stuck(mut self, ends: bool) -> Self {
        self.options.end_when_stuck = ends;
        self
    }
}
