//! A handler over given streams that answers as an origin server.

use std::{
    fmt,
    io::{Read, Write},
    sync::Arc,
};

use wsgi_application::Environ;
use wsgi_environ::{Base, Errors, Input, InvalidVariable};
use wsgi_gateway::Engine;

use crate::{handler::Handler, http_version::HttpVersion, variables::Variables};

/// A handler over given streams and variables that answers as an origin server. It is
/// `wsgiref.handlers.SimpleHandler`.
///
/// The length of the body is `CONTENT_LENGTH`, and no byte beyond it is read. The body is streamed
/// and never gathered. Without that variable there is no body (RFC 3875 section 4.2), unless there
/// is an `HTTP_TRANSFER_ENCODING`: then its length was not known, and it ends with the stream.
///
/// ```
/// use wsgi_application::{Body, Status, application};
/// use wsgi_environ::Errors;
/// use wsgi_handlers::{Handler, SimpleHandler};
///
/// let echo = application(|environ, start_response| {
///     start_response.start(Status::OK, [("Date", "Sat, 21 Nov 2026 14:00:00 GMT")])?;
///     Ok(Body::from(environ.take_input()))
/// });
/// let variables = [("REQUEST_METHOD", "POST"), ("CONTENT_LENGTH", "4")];
/// let mut handler =
///     SimpleHandler::new(&b"four and more"[..], Vec::new(), Errors::stderr(), variables);
/// handler.run(&echo);
/// assert_eq!(
///     handler.into_output(),
///     b"HTTP/1.0 200 OK\r\nContent-Length: 4\r\nDate: Sat, 21 Nov 2026 14:00:00 GMT\r\n\r\nfour"
/// );
/// ```
pub struct SimpleHandler<W> {
    input: Option<Box<dyn Read + Send>>,
    output: W,
    errors: Errors,
    variables: Variables,
    base: Arc<Base>,
    engine: Engine,
    http_version: HttpVersion,
    server_software: Option<String>,
}

impl<W: Write> SimpleHandler<W> {
    /// A handler for a request with these variables (RFC 3875 section 4.1), whose body comes from
    /// `input`. [`Environ::receive_variables`] lists the variables that are changed or dropped.
    ///
    /// The handler buffers the input, and writes the output in large pieces.
    pub fn new<N: AsRef<[u8]>, V: AsRef<[u8]>>(
        input: impl Read + Send + 'static,
        output: W,
        errors: Errors,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        Self {
            input: Some(Box::new(input)),
            output,
            errors,
            variables: variables.into_iter().collect(),
            base: Arc::new(Base::new().multithread(true)),
            engine: Engine::new(),
            http_version: HttpVersion::default(),
            server_software: None,
        }
    }

    /// Sets the base of the environ; default: `wsgi.multithread` is true, and there are no
    /// variables. The errors stream of the base is not used.
    ///
    /// ```
    /// use wsgi_application::{Error, application};
    /// use wsgi_environ::{Base, Errors};
    /// use wsgi_gateway::{Engine, diagnostics};
    /// use wsgi_handlers::{Handler, HttpVersion, SimpleHandler};
    ///
    /// // For a developer at the other end of a pipe.
    /// let app = application(|environ, _start_response| {
    ///     Err(Error::from(format!("{} is out of ink", environ.get("SITE").unwrap())))
    /// });
    /// let (errors, _) = Errors::buffer();
    /// let mut handler =
    ///     SimpleHandler::new(std::io::empty(), Vec::new(), errors, [("REQUEST_METHOD", "GET")])
    ///         .with_base(Base::new().variable("SITE", "blog"))
    ///         .with_engine(Engine::new().error_output(diagnostics))
    ///         .with_http_version(HttpVersion::Http11)
    ///         .with_server_software("pipe/1.0");
    /// handler.run(&app);
    /// let response = String::from_utf8(handler.into_output()).unwrap();
    /// assert!(response.starts_with("HTTP/1.1 500 Internal Server Error\r\n"));
    /// assert!(response.contains("Server: pipe/1.0\r\n") && response.contains("blog is out of ink"));
    /// ```
    #[must_use]
    pub fn with_base(mut self, base: Base) -> Self {
        self.base = Arc::new(base);
        self
    }

    /// Sets the response engine, which logs and answers errors; default: [`Engine::new`].
    #[must_use]
    pub fn with_engine(mut self, engine: Engine) -> Self {
        self.engine = engine;
        self
    }

    /// Sets the version in the status line; default: HTTP/1.0.
    #[must_use]
    pub fn with_http_version(mut self, version: HttpVersion) -> Self {
        self.http_version = version;
        self
    }

    /// Sets the name of the server, for `SERVER_SOFTWARE` and the field `Server`; default: none.
    #[must_use]
    pub fn with_server_software(mut self, software: impl Into<String>) -> Self {
        self.server_software = Some(software.into());
        self
    }

    /// Returns the output, to which the response was written.
    pub fn into_output(self) -> W {
        self.output
    }
}

impl<W> SimpleHandler<W> {
    pub(crate) fn output_mut(&mut self) -> &mut W {
        &mut self.output
    }
}

impl<W: Write> Handler for SimpleHandler<W> {
    fn add_variables(&mut self, environ: &mut Environ) -> Result<(), InvalidVariable> {
        self.variables.receive_in(environ)
    }

    fn input(&mut self, environ: &Environ) -> Input {
        let Some(reader) = self.input.take() else {
            return Input::empty();
        };
        match environ.content_length() {
            Some(0) => Input::empty(),
            None if !self.variables.has("HTTP_TRANSFER_ENCODING") => Input::empty(),
            length => Input::from_reader(reader, length),
        }
    }

    fn output(&mut self) -> &mut dyn Write {
        &mut self.output
    }

    fn errors(&mut self) -> Errors {
        self.errors.clone()
    }

    fn base(&self) -> Arc<Base> {
        self.base.clone()
    }

    fn engine(&self) -> Engine {
        self.engine.clone()
    }

    fn origin_server(&self) -> Option<HttpVersion> {
        Some(self.http_version)
    }

    fn server_software(&self) -> Option<&str> {
        self.server_software.as_deref()
    }
}

impl<W> fmt::Debug for SimpleHandler<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimpleHandler")
            .field("http_version", &self.http_version)
            .field("server_software", &self.server_software)
            .finish_non_exhaustive()
    }
}
