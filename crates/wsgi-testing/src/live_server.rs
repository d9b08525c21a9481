//! A server for a test, on a port of its own.

use std::{
    fmt,
    io::{self, Write},
    net::SocketAddr,
    thread::{Builder, JoinHandle},
};

use wsgi_application::Application;
use wsgi_environ::{Errors, ErrorsBuffer};
use wsgi_server::{Handle, Server};

/// A server for a test: on a free port of 127.0.0.1, in a thread, until it is dropped.
///
/// It is for tests with a client of their own: a browser, curl, or a library. [`Client`] needs no
/// server.
///
/// Errors and panics of the application are in the output of the test, and in
/// [`errors`](Self::errors). Dropping the server finishes the requests that were begun, and leaves
/// no thread.
///
/// Needs the feature `server`.
///
/// ```
/// use std::{io::{self, Write}, net::TcpStream};
/// use wsgi_application::{Status, application};
/// use wsgi_testing::LiveServer;
///
/// let server = LiveServer::new(application(|_environ, start_response| {
///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
///     Ok("Hello!\n".into())
/// }));
/// assert!(server.url("/greet").starts_with("http://127.0.0.1:"));
///
/// let mut client = TcpStream::connect(server.address())?;
/// client.write_all(b"GET /greet HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
/// assert!(io::read_to_string(client)?.ends_with("Hello!\n"));
/// # Ok::<(), io::Error>(())
/// ```
///
/// [`Client`]: crate::Client
pub struct LiveServer {
    address: SocketAddr,
    handle: Handle,
    errors: ErrorsBuffer,
    serving: Option<JoinHandle<io::Result<()>>>,
}

impl LiveServer {
    /// Starts a server.
    ///
    /// # Panics
    ///
    /// The system has no port or no thread left.
    #[must_use]
    #[track_caller]
    pub fn new(application: impl Application + 'static) -> Self {
        match Self::started(application) {
            Ok(server) => server,
            Err(error) => panic!("no server was started: {error}"),
        }
    }

    fn started(application: impl Application + 'static) -> io::Result<Self> {
        let (kept, errors) = Errors::buffer();
        let shown = Errors::to(Shown(kept));
        let server = Server::builder()
            .bind("127.0.0.1:0")?
            .errors(shown)
            .build(application)?;
        let address = server.local_addr().tcp();
        let address = address.ok_or(io::ErrorKind::AddrNotAvailable)?;
        let handle = server.handle();
        let thread = Builder::new().name("live server".to_owned());
        let serving = thread.spawn(move || server.serve_forever())?;
        Ok(Self {
            address,
            handle,
            errors,
            serving: Some(serving),
        })
    }

    /// The address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of a page. An empty path gives the base URL, without a slash at its end.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Everything that was written to `wsgi.errors` until now.
    ///
    /// ```
    /// use std::{io::{self, Write}, net::TcpStream};
    /// use wsgi_application::application;
    /// use wsgi_testing::LiveServer;
    ///
    /// let server = LiveServer::new(application(|_environ, _start_response| {
    ///     Err("out of tea".into())
    /// }));
    /// let mut client = TcpStream::connect(server.address())?;
    /// client.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    /// assert!(io::read_to_string(client)?.starts_with("HTTP/1.1 500 "));
    /// assert!(server.errors().contains("out of tea"));
    /// # Ok::<(), io::Error>(())
    /// ```
    #[must_use]
    pub fn errors(&self) -> String {
        self.errors.to_string()
    }
}

impl Drop for LiveServer {
    fn drop(&mut self) {
        self.handle.shutdown();
        if let Some(serving) = self.serving.take() {
            // The server's own errors are in the output, and a panic here would hide the test's.
            let _ = serving.join();
        }
    }
}

impl fmt::Debug for LiveServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LiveServer at {}", self.url(""))
    }
}

/// A stream that keeps what is written, and shows it in the output of the test.
struct Shown(Errors);

impl Write for Shown {
    #[expect(
        clippy::print_stderr,
        reason = "only this is captured by the test's output"
    )]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        eprint!("{}", String::from_utf8_lossy(bytes));
        (&self.0).write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
