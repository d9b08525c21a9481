//! One request over the process's streams: CGI.

use std::{
    env, fmt,
    io::{self, Write},
    sync::Arc,
};

use wsgi_application::{Environ, FileWrapper};
use wsgi_environ::{Base, Errors, Input, InvalidVariable};
use wsgi_gateway::Engine;

use crate::{
    BaseCgiHandler, Handler, HttpVersion,
    process::{Stdout, stdin},
};

/// The handler of a CGI program (RFC 3875): variables from the process's environment, the body
/// from its standard input, errors to standard error, the response to standard output.
///
/// `wsgi.multiprocess` and `wsgi.run_once` are true. Standard input and output carry bytes, are
/// streamed both ways, and no more is read than `CONTENT_LENGTH` allows. An application must
/// not print to standard output, which is the response.
///
/// Without a `REQUEST_METHOD`, as on a command line, the answer is 500 and standard error says
/// why. `HTTP_PROXY` is not in the environ, as the client may have sent it (CVE-2016-5385); the
/// process's own environment still has it, so HTTP clients that heed it should be told not to.
///
/// ```no_run
/// use wsgi_application::{Environ, Result, StartResponse, Status};
/// use wsgi_handlers::{CgiHandler, Handler};
///
/// fn hello(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
///     Ok("Hello world!\n".into())
/// }
///
/// CgiHandler::new().run(&hello);
/// ```
pub struct CgiHandler(BaseCgiHandler<Stdout>);

impl CgiHandler {
    /// The handler of this process's request.
    #[must_use]
    pub fn new() -> Self {
        let variables = env::vars_os()
            .map(|(name, value)| (name.into_encoded_bytes(), value.into_encoded_bytes()));
        let handler = BaseCgiHandler::new(stdin(), Stdout::new(), Errors::stderr(), variables);
        Self(handler.base(Base::new().multiprocess(true).run_once(true)))
    }

    /// Whether this process was started as a CGI program: `GATEWAY_INTERFACE` says so (RFC 3875
    /// section 4.1.4), and there is a `REQUEST_METHOD`.
    ///
    /// ```
    /// # // A test is none.
    /// assert!(!wsgi_handlers::CgiHandler::is_invoked());
    /// ```
    #[must_use]
    pub fn is_invoked() -> bool {
        let is_cgi = env::var_os("GATEWAY_INTERFACE")
            .is_some_and(|interface| interface.as_encoded_bytes().starts_with(b"CGI/"));
        is_cgi && env::var_os("REQUEST_METHOD").is_some()
    }

    /// Sets the response engine, as [`SimpleHandler::engine`](crate::SimpleHandler::engine).
    #[must_use]
    pub fn engine(self, engine: Engine) -> Self {
        Self(self.0.engine(engine))
    }
}

impl Default for CgiHandler {
    fn default() -> Self {
        Self::new()
    }
}

impl Handler for CgiHandler {
    fn add_variables(&mut self, environ: &mut Environ) -> Result<(), InvalidVariable> {
        self.0.add_variables(environ)
    }

    fn input(&mut self, environ: &Environ) -> Input {
        self.0.input(environ)
    }

    fn output(&mut self) -> &mut dyn Write {
        self.0.output()
    }

    fn base(&self) -> Arc<Base> {
        Handler::base(&self.0)
    }

    fn engine(&self) -> Engine {
        Handler::engine(&self.0)
    }

    fn origin_server(&self) -> Option<HttpVersion> {
        None
    }

    /// Leaves it to the system, where that can copy between files and pipes.
    fn sendfile(&mut self, file: &mut FileWrapper, length: u64) -> io::Result<bool> {
        match file.as_file() {
            Some(file) => self.0.output_mut().send_file(file, length),
            None => Ok(false),
        }
    }
}

impl fmt::Debug for CgiHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CgiHandler").finish_non_exhaustive()
    }
}
