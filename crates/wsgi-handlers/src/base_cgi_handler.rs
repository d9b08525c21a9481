//! A handler over given streams that answers a front server.

use std::{
    io::{Read, Write},
    sync::Arc,
};

use wsgi_application::Environ;
use wsgi_environ::{Base, Errors, Input, InvalidVariable};
use wsgi_gateway::Engine;

use crate::{handler::Handler, http_version::HttpVersion, simple_handler::SimpleHandler};

/// A handler over given streams and variables that answers a front server as a CGI program does,
/// with a `Status` field (RFC 3875 section 6). It is `wsgiref.handlers.BaseCGIHandler`.
///
/// Otherwise it is a [`SimpleHandler`]. It suits every gateway with the variables and responses of
/// CGI over streams.
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_environ::Errors;
/// use wsgi_handlers::{BaseCgiHandler, Handler};
///
/// let app = application(|_environ, start_response| {
///     start_response.start(Status::NOT_FOUND, [("Content-Type", "text/plain")])?;
///     Ok("Nothing here.\n".into())
/// });
/// let variables = [("REQUEST_METHOD", "GET")];
/// let mut handler =
///     BaseCgiHandler::new(std::io::empty(), Vec::new(), Errors::stderr(), variables);
/// handler.run(&app);
/// assert_eq!(
///     handler.into_output(),
///     b"Status: 404 Not Found\r\nContent-Length: 14\r\nContent-Type: text/plain\r\n\r\n\
///       Nothing here.\n"
/// );
/// ```
#[derive(Debug)]
pub struct BaseCgiHandler<W>(SimpleHandler<W>);

impl<W: Write> BaseCgiHandler<W> {
    /// A handler for a request, as [`SimpleHandler::new`].
    pub fn new<N: AsRef<[u8]>, V: AsRef<[u8]>>(
        input: impl Read + Send + 'static,
        output: W,
        errors: Errors,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        Self(SimpleHandler::new(input, output, errors, variables))
    }

    /// Sets the base of the environ, as [`SimpleHandler::with_base`] does.
    #[must_use]
    pub fn with_base(self, base: Base) -> Self {
        Self(self.0.with_base(base))
    }

    /// Sets the response engine, as [`SimpleHandler::with_engine`] does.
    ///
    /// ```
    /// use wsgi_application::{Error, Status, application};
    /// use wsgi_environ::{Base, Errors};
    /// use wsgi_gateway::Engine;
    /// use wsgi_handlers::{BaseCgiHandler, Handler};
    ///
    /// let app = application(|_environ, _start_response| Err(Error::from("out of ink")));
    /// let sorry = application(|environ, start_response| {
    ///     start_response.start(Status::SERVICE_UNAVAILABLE, [("Content-Type", "text/plain")])?;
    ///     Ok(format!("The {} is closed.\n", environ.get("SITE").unwrap()).into())
    /// });
    /// let (errors, _) = Errors::buffer();
    /// let mut handler =
    ///     BaseCgiHandler::new(std::io::empty(), Vec::new(), errors, [("REQUEST_METHOD", "GET")])
    ///         .with_base(Base::new().variable("SITE", "shop"))
    ///         .with_engine(Engine::new().error_output(sorry));
    /// handler.run(&app);
    /// let response = String::from_utf8(handler.into_output()).unwrap();
    /// assert!(response.starts_with("Status: 503 Service Unavailable\r\n"));
    /// assert!(response.ends_with("\r\n\r\nThe shop is closed.\n"));
    /// ```
    #[must_use]
    pub fn with_engine(self, engine: Engine) -> Self {
        Self(self.0.with_engine(engine))
    }

    /// Returns the output, to which the response was written.
    pub fn into_output(self) -> W {
        self.0.into_output()
    }
}

impl<W> BaseCgiHandler<W> {
    pub(crate) fn output_mut(&mut self) -> &mut W {
        self.0.output_mut()
    }
}

impl<W: Write> Handler for BaseCgiHandler<W> {
    fn add_variables(&mut self, environ: &mut Environ) -> Result<(), InvalidVariable> {
        self.0.add_variables(environ)
    }

    fn input(&mut self, environ: &Environ) -> Input {
        self.0.input(environ)
    }

    fn output(&mut self) -> &mut dyn Write {
        self.0.output()
    }

    fn errors(&mut self) -> Errors {
        self.0.errors()
    }

    fn base(&self) -> Arc<Base> {
        self.0.base()
    }

    fn engine(&self) -> Engine {
        self.0.engine()
    }

    fn origin_server(&self) -> Option<HttpVersion> {
        None
    }
}
