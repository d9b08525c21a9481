//! The handler of a CGI program.

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
    base_cgi_handler::BaseCgiHandler,
    handler::{Handler, run::run},
    http_version::HttpVersion,
    process::{Stdin, Stdout},
};

/// The handler of a CGI program (RFC 3875). Variables come from the process's environment and the
/// body from standard input; errors go to standard error and the response to standard output.
///
/// `wsgi.multiprocess` and `wsgi.run_once` are true. Standard input and output are streamed, and no
/// byte beyond `CONTENT_LENGTH` is read. At the end, the handler reads the part of the body that
/// the application did not read, unless the reader of the response is gone. An application must not
/// print to standard output, which is the response.
///
/// A program that was started as CGI should ignore its arguments, since a front server passes the
/// words of a query without `=` as arguments (RFC 3875 section 4.4).
///
/// Without a `REQUEST_METHOD`, as on a command line, the answer is 500 and standard error has the
/// reason. `HTTP_PROXY` is not in the environ, since the client may have sent it (CVE-2016-5385).
/// The process's own environment still has it, so configure HTTP clients to ignore it.
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
    /// The length of the body; the maximum if it ends with the stream.
    length: u64,
    /// The number of bytes already read.
    taken: Arc<AtomicU64>,
}

impl CgiHandler {
    /// A handler for the request of this process.
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

    /// Whether this process was started as a CGI program: `GATEWAY_INTERFACE` names CGI (RFC 3875
    /// section 4.1.4), and there is a `REQUEST_METHOD`.
    ///
    /// ```
    /// # // A test is not a CGI program.
    /// assert!(!wsgi_handlers::CgiHandler::is_invoked());
    /// ```
    #[must_use]
    pub fn is_invoked() -> bool {
        let is_cgi = env::var_os("GATEWAY_INTERFACE")
            .is_some_and(|interface| interface.as_encoded_bytes().starts_with(b"CGI/"));
        is_cgi && env::var_os("REQUEST_METHOD").is_some()
    }

    /// Sets the base of the environ, over which the environment takes precedence; default:
    /// `wsgi.multiprocess` and `wsgi.run_once` are true, and there are no variables. The errors
    /// stream of the base is not used.
    #[must_use]
    pub fn with_base(self, base: Base) -> Self {
        let handler = self.handler.with_base(base);
        Self { handler, ..self }
    }

    /// Sets the response engine, as
    /// [`SimpleHandler::with_engine`](crate::SimpleHandler::with_engine) does.
    ///
    /// ```
    /// use wsgi_environ::{Base, Environ};
    /// use wsgi_gateway::Engine;
    /// use wsgi_handlers::{CgiHandler, Handler};
    ///
    /// let handler = CgiHandler::new()
    ///     .with_base(Base::new().variable("SITE", "blog"))
    ///     .with_engine(Engine::new().max_backtrace_lines(None));
    /// let mut environ = Environ::new();
    /// environ.set_base(&handler.base());
    /// assert_eq!(environ.get("SITE").unwrap(), "blog");
    /// ```
    #[must_use]
    pub fn with_engine(self, engine: Engine) -> Self {
        let handler = self.handler.with_engine(engine);
        Self { handler, ..self }
    }

    /// Reads the part of the body that the application did not read. Otherwise, a server with one
    /// socket for both directions, such as Apache's mod_cgid, would lose the response, and a server
    /// that sends the whole body first would never read it.
    fn drain(&mut self) {
        let left = self.length.saturating_sub(self.taken.load(Relaxed));
        if left > 0 && !self.handler.output_mut().is_gone() {
            // A server that fails to send the rest loses nothing.
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

    /// Lets the system copy the file, if it can copy between files and pipes.
    fn sendfile(&mut self, file: &mut FileWrapper, length: u64) -> io::Result<bool> {
        match file.as_file() {
            Some(file) => self.handler.output_mut().send_file(file, length),
            None => Ok(false),
        }
    }

    /// Asks the system. A web server that connects the program by a pipe or a socket is noticed
    /// when it closes that; what it does with its client shows only there.
    fn is_reader_gone(&mut self) -> bool {
        self.handler.output_mut().look()
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
