//! A server for a test, on a port of its own.

use std::{
    fmt,
    io::{self, Write},
    net::SocketAddr,
    thread::{Builder, JoinHandle},
};

use wsgi_application::Application;
use wsgi_environ::{Errors, ErrorsBuffer};
use wsgi_server::{Address, Builder as ServerBuilder, Handle, Server};

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
    /// `None` if it listens on Unix sockets alone.
    address: Option<SocketAddr>,
    /// The URL without a slash at its end.
    base: String,
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
        let builder = Server::builder().bind("127.0.0.1:0");
        match builder.and_then(|builder| Self::started(builder, application)) {
            Ok(server) => server,
            Err(error) => panic!("no server was started: {error}"),
        }
    }

    /// Starts a server with settings of your own, such as limits, deadlines, TLS, or Unix sockets.
    ///
    /// It listens where the builder says. Bind port 0, so that tests can run at once. The errors
    /// stream of the builder is replaced.
    ///
    /// ```
    /// use std::{io::{self, Write}, net::TcpStream};
    /// use wsgi_application::{Body, Status, application};
    /// use wsgi_server::{Limits, Server};
    /// use wsgi_testing::LiveServer;
    ///
    /// let app = application(|_environ, start_response| {
    ///     start_response.start(Status::NO_CONTENT, ())?;
    ///     Ok(Body::empty())
    /// });
    /// let limits = Limits::new().max_body_bytes(3);
    /// let server = LiveServer::with(Server::builder().bind("127.0.0.1:0")?.limits(limits), app);
    ///
    /// let mut client = TcpStream::connect(server.address())?;
    /// client.write_all(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\n")?;
    /// assert!(io::read_to_string(client)?.starts_with("HTTP/1.1 413 "));
    /// # Ok::<(), io::Error>(())
    /// ```
    ///
    /// # Panics
    ///
    /// The builder's settings do not fit together, or the system has no thread left.
    #[must_use]
    #[track_caller]
    pub fn with(builder: ServerBuilder, application: impl Application + 'static) -> Self {
        match Self::started(builder, application) {
            Ok(server) => server,
            Err(error) => panic!("no server was started: {error}"),
        }
    }

    fn started(
        builder: ServerBuilder,
        application: impl Application + 'static,
    ) -> io::Result<Self> {
        let (kept, errors) = Errors::buffer();
        let shown = Errors::to(Shown(kept));
        let server = builder.errors(shown).build(application)?;
        let address = server.local_addrs().iter().find_map(Address::tcp);
        let base = address.map_or_else(String::new, |address| {
            let places = server.places();
            let is_its = |place: &&str| place.ends_with(&format!("//{address}"));
            let place = places.split(", ").find(is_its);
            place.map_or_else(|| format!("http://{address}"), str::to_owned)
        });
        let handle = server.handle();
        let thread = Builder::new().name("live server".to_owned());
        let serving = thread.spawn(move || server.serve_forever())?;
        Ok(Self {
            address,
            base,
            handle,
            errors,
            serving: Some(serving),
        })
    }

    /// The address that it listens on. If there are several, it is the first with a port.
    ///
    /// # Panics
    ///
    /// It listens on Unix sockets alone.
    #[must_use]
    #[track_caller]
    pub fn address(&self) -> SocketAddr {
        self.address.expect("it has no port")
    }

    /// The URL of a page at the [`address`](Self::address), which begins with `https` if that has
    /// TLS. An empty path gives the base URL, without a slash at its end.
    ///
    /// # Panics
    ///
    /// It listens on Unix sockets alone.
    #[must_use]
    #[track_caller]
    pub fn url(&self, path: &str) -> String {
        assert!(self.address.is_some(), "it has no port");
        format!("{}{path}", self.base)
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
        match self.address {
            Some(_) => write!(f, "LiveServer at {}", self.base),
            None => f.write_str("LiveServer"),
        }
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
