//! One request over the process's streams: CGI.

use std::{
    env, fmt,
    io::{self, Read, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use wsgi_application::{Application, Environ, FileWrapper};
use wsgi_environ::{Base, Errors, Input, InvalidVariable, Outcome};
use wsgi_gateway::Engine;

use crate::{
    BaseCgiHandler, Handler, HttpVersion,
    process::{Stdin, Stdout},
    run::run,
};

/// The handler of a CGI program (RFC 3875): variables from the process's environment, the body
/// from its standard input, errors to standard error, the response to standard output.
///
/// `wsgi.multiprocess` and `wsgi.run_once` are true. Standard input and output carry bytes, are
/// streamed both ways, and no more is read than `CONTENT_LENGTH` allows; what the application
/// leaves of the body is read at the end, if there is a reader of the response. An application
/// must not print to standard output, which is the response.
///
/// A program that can be started as CGI should not heed its arguments then: a front server passes
/// the words of a query without `=` as such (RFC 3875 section 4.4).
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
pub struct CgiHandler {
    handler: BaseCgiHandler<Stdout>,
    /// The length of the body; that of one that ends with the stream has no bound.
    length: u64,
    /// How much of it was read.
    taken: Arc<AtomicU64>,
}

impl CgiHandler {
    /// The handler of this process's request.
    #[must_use]
    pub fn new() -> Self {
        let variables = env::vars_os()
            .map(|(name, value)| (name.into_encoded_bytes(), value.into_encoded_bytes()));
        let taken = Arc::default();
        let stdin = Stdin::new(&taken);
        let handler = BaseCgiHandler::new(stdin, Stdout::new(), Errors::stderr(), variables);
        Self {
            handler: handler.with_base(Base::new().multiprocess(true).run_once(true)),
            length: 0,
            taken,
        }
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

    /// Sets what stands behind the environment; default: `wsgi.multiprocess` and `wsgi.run_once`,
    /// and nothing else. Its errors stream is not used.
    #[must_use]
    pub fn with_base(self, base: Base) -> Self {
        let handler = self.handler.with_base(base);
        Self { handler, ..self }
    }

    /// Sets the response engine, as [`SimpleHandler::with_engine`](crate::SimpleHandler::with_engine).
    #[must_use]
    pub fn with_engine(self, engine: Engine) -> Self {
        let handler = self.handler.with_engine(engine);
        Self { handler, ..self }
    }

    /// Reads what the application left of the body. A server that has one socket for both
    /// directions, as Apache's mod_cgid, would lose the response otherwise, and one that sends the
    /// whole body first would never take it.
    fn drain(&mut self) {
        let left = self.length.saturating_sub(self.taken.load(Relaxed));
        if left > 0 && !self.handler.output_mut().is_gone() {
            // Who sends no more has nothing to lose.
            let mut rest = Stdin::new(&self.taken).take(left);
            drop(io::copy(&mut rest, &mut io::sink()));
        }
    }
}

impl Default for CgiHandler {
    fn default() -> Self {
        Self::new()
    }
}

impl Handler for CgiHandler {
    fn add_variables(&mut self, environ: &mut Environ) -> Result<(), InvalidVariable> {
        self.handler.add_variables(environ)
    }

    fn input(&mut self, environ: &Environ) -> Input {
        let input = self.handler.input(environ);
        self.length = input.remaining().unwrap_or(u64::MAX);
        input
    }

    fn output(&mut self) -> &mut dyn Write {
        self.handler.output()
    }

    fn base(&self) -> Arc<Base> {
        self.handler.base()
    }

    fn engine(&self) -> Engine {
        self.handler.engine()
    }

    fn origin_server(&self) -> Option<HttpVersion> {
        None
    }

    /// Leaves it to the system, where that can copy between files and pipes.
    fn sendfile(&mut self, file: &mut FileWrapper, length: u64) -> io::Result<bool> {
        match file.as_file() {
            Some(file) => self.handler.output_mut().send_file(file, length),
            None => Ok(false),
        }
    }

    fn run(&mut self, application: &dyn Application) -> Outcome {
        let outcome = run(self, application);
        self.drain();
        outcome
    }
}

impl fmt::Debug for CgiHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CgiHandler").finish_non_exhaustive()
    }
}
