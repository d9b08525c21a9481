//! From a request to its response, the same in every gateway.

use std::{fmt, sync::Arc};

use wsgi_application::{
    Application, Content, Environ, Error, ErrorFields, ErrorPage, Exchange, Filter, Head, Result,
    Scope, StartResponse, filtered,
};

use crate::{
    Delivery, Failure, Rest, Rules, Transport,
    delivery::Ending,
    log,
    panic::{caught, discard},
    sending::Sending,
};

/// The response engine, with what a gateway sets once for all requests.
///
/// ```
/// use wsgi_application::{Environ, Head, Status, application};
/// use wsgi_environ::Errors;
/// use wsgi_gateway::{Engine, Exchange, Framing, Rules, Transport};
///
/// /// Keeps the status and the body of a response.
/// #[derive(Default)]
/// struct Memory(String);
///
/// impl Transport for Memory {
///     fn head(&mut self, head: &Head, _: Framing) -> std::io::Result<()> {
///         self.0 = format!("{}: ", head.status);
///         Ok(())
///     }
///     fn body(&mut self, bytes: &[u8]) -> std::io::Result<()> {
///         self.0.push_str(&String::from_utf8_lossy(bytes));
///         Ok(())
///     }
///     fn flush(&mut self) -> std::io::Result<()> {
///         Ok(())
///     }
/// }
///
/// let engine = Engine::new()
///     .max_backtrace_lines(Some(0))
///     .error_output(application(|_environ, start_response| {
///         start_response.start(Status::SERVICE_UNAVAILABLE, ())?;
///         Ok("Come back later.".into())
///     }));
/// let broken = application(|_environ, _start_response| Err("no database".into()));
///
/// let (errors, log) = Errors::buffer();
/// let (mut environ, mut memory) = (Environ::new(), Memory::default());
/// environ.set("REQUEST_METHOD", "GET");
/// environ.set("PATH_INFO", "/orders");
/// environ.set_errors(errors);
/// let delivery =
///     engine.respond(&broken, &mut environ, Rules::default(), &mut Exchange::new(), &mut memory);
/// assert!(delivery.is_complete());
/// delivery.rest.send(&mut memory)?;
/// assert_eq!(memory.0, "503 Service Unavailable: Come back later.");
/// assert_eq!(log.contents(), b"GET \"/orders\": no database\n");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct Engine {
    error_output: Arc<dyn Application>,
    max_backtrace_lines: Option<usize>,
    log: Option<Arc<Log>>,
}

/// What is told of errors in place of the errors stream.
type Log = dyn Fn(&Environ, &Error) + Send + Sync;

impl Engine {
    /// The engine with its defaults: [`error_output`](crate::error_output),
    /// backtraces logged whole.
    #[must_use]
    pub fn new() -> Self {
        Engine {
            error_output: Arc::new(crate::error_output),
            max_backtrace_lines: None,
            log: None,
        }
    }

    /// Sets the application that answers in place of one that failed before its
    /// head was sent; default: [`error_output`](crate::error_output). It finds a
    /// [`Failure`] in the environ's extensions; middleware's [`ErrorFields`] are put
    /// on what it answers. If it fails itself, the default answers. A request that
    /// has an [`ErrorPage`] is answered by that instead.
    #[must_use]
    pub fn error_output(mut self, application: impl Application + 'static) -> Self {
        self.error_output = Arc::new(application);
        self
    }

    /// Sets how many lines of an error's backtrace are logged at most; `None`, the
    /// default, for all of them. Backtraces exist where `RUST_BACKTRACE` asks
    /// for them; that of a panic goes to the panic hook and is not logged again.
    #[must_use]
    pub fn max_backtrace_lines(mut self, lines: Option<usize>) -> Self {
        self.max_backtrace_lines = lines;
        self
    }

    /// Sets what is told of an application's errors and panics, and of those of the
    /// error output, in place of an entry in the environ's errors stream: for logs
    /// of another form. That it panics itself changes nothing.
    ///
    /// What is no error of the application's, such as bytes beyond a
    /// `Content-Length`, still goes to the errors stream.
    ///
    /// ```
    /// use wsgi_gateway::Engine;
    ///
    /// let engine = Engine::new().log_exception(|environ, error| {
    ///     let line = format!("{{\"path\": {:?}, \"error\": {:?}}}", environ.path_info(), error.to_string());
    ///     environ.errors().print(line);
    /// });
    /// # let _ = engine;
    /// ```
    #[must_use]
    pub fn log_exception(mut self, log: impl Fn(&Environ, &Error) + Send + Sync + 'static) -> Self {
        self.log = Some(Arc::new(log));
        self
    }

    /// Calls `application` for the request in `environ` and sends its response
    /// to `transport`, all but a rest that needs no application.
    ///
    /// Never fails and never panics: an error or a panic of the application is
    /// logged to the errors stream and answered by the error output, or cuts
    /// the response if its head is out. That the client went away is not logged.
    /// The body is dropped before the return unless it is in the rest.
    ///
    /// It blocks as long as the application and the transport do.
    pub fn respond(
        &self,
        application: &(impl Application + ?Sized),
        environ: &mut Environ,
        rules: Rules,
        exchange: &mut Exchange,
        transport: &mut dyn Transport,
    ) -> Delivery {
        let mut sending = Sending::new(transport, rules);
        let result = match attempt(application, environ, exchange, &mut sending) {
            Err(error) if !is_disconnected(&error, &sending) => {
                self.log(environ, "", &error);
                match sending.is_sent() {
                    true => Err(error),
                    false => self.replace(error, environ, exchange, &mut sending),
                }
            }
            result => result,
        };
        if sending.had_surplus() {
            let message = format_args!("bytes beyond the Content-Length were cut");
            log::message(environ, message);
        }
        let (rest, ending) = match (result, sending.shortfall()) {
            (Ok(rest), 0) => (rest, Ending::Complete),
            (Ok(rest), missing) => {
                let message =
                    format_args!("the body is {missing} bytes short of its Content-Length");
                log::message(environ, message);
                (rest, Ending::Failed)
            }
            (Err(error), _) => {
                let gone = is_disconnected(&error, &sending);
                discard(error);
                let ending = if gone {
                    Ending::Disconnected
                } else {
                    Ending::Failed
                };
                (Rest::Nothing, ending)
            }
        };
        Delivery {
            rest,
            ending,
            sent: sending.is_sent(),
            streamed: sending.streamed(),
        }
    }

    /// Logs an error, after whose it is.
    fn log(&self, environ: &Environ, whose: &str, error: &Error) {
        let Some(log) = &self.log else {
            log::failure(environ, whose, error, self.max_backtrace_lines);
            return;
        };
        let _ = caught(|| {
            log(environ, error);
            Ok(())
        });
    }

    /// Answers in place of an application that failed, by the error output, or
    /// where that fails too by the plainest one there is.
    fn replace(
        &self,
        error: Error,
        environ: &mut Environ,
        exchange: &mut Exchange,
        sending: &mut Sending<'_>,
    ) -> Result<Rest> {
        discard(environ.insert_extension(Failure::new(error)));
        let fields = environ.remove_extension().unwrap_or_default();
        let page = environ.remove_extension::<ErrorPage>();
        let page = page.as_ref().map(|page| page as &dyn Application);
        let pages = page.map(|page| ("the error page failed: ", page));
        let own = ("the error output failed: ", &*self.error_output);
        for (whose, output) in pages.into_iter().chain([own]) {
            let result = stand_in(output, &fields, environ, exchange, sending);
            let Err(error) = result else { return result };
            if is_disconnected(&error, sending) {
                return Err(error);
            }
            self.log(environ, whose, &error);
            if sending.is_sent() {
                return Err(error);
            }
            discard(error);
        }
        stand_in(&crate::error_output, &fields, environ, exchange, sending)
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("max_backtrace_lines", &self.max_backtrace_lines)
            .finish_non_exhaustive()
    }
}

/// One call and the delivery of its body, all of it application code.
fn attempt(
    application: &(impl Application + ?Sized),
    environ: &mut Environ,
    exchange: &mut Exchange,
    sending: &mut Sending<'_>,
) -> Result<Rest> {
    exchange.clear();
    let mut content = Content::Empty;
    let result = caught(|| {
        let start_response = &mut StartResponse::new(exchange, sending);
        let body = application.call(environ, start_response)?;
        let length = body.len();
        content = body.into_content();
        let Exchange { head, gathered } = &mut *exchange;
        sending.deliver(head, gathered, length, &mut content)
    });
    if !matches!(content, Content::Empty | Content::Bytes(_)) {
        close(content, environ);
    }
    result
}

/// An attempt of an application that answers in place of another one.
fn stand_in(
    application: &(impl Application + ?Sized),
    fields: &ErrorFields,
    environ: &mut Environ,
    exchange: &mut Exchange,
    sending: &mut Sending<'_>,
) -> Result<Rest> {
    let application = |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
        let owed = Owed(fields.clone());
        filtered(application, owed, environ, start_response)
    };
    attempt(&application, environ, exchange, sending)
}

/// Puts on an error page what middleware owes to every response.
struct Owed(ErrorFields);

impl Filter for Owed {
    fn head(&mut self, head: &mut Head) -> Result<Scope> {
        self.0.put_on(head);
        Ok(Scope::Head)
    }
}

/// Drops a body. That may panic, which must neither meet a panic of its
/// iterator, as that would abort, nor spoil a response that is whole.
#[cold]
fn close(content: Content, environ: &Environ) {
    let closed = caught(move || {
        drop(content);
        Ok(())
    });
    if let Err(panic) = closed {
        log::failure(environ, "closing the body ", &panic, None);
    }
}

/// Whether the client went away, which the transport may know better than the
/// error says.
fn is_disconnected(error: &Error, sending: &Sending<'_>) -> bool {
    sending.is_gone() || error.is_disconnected()
}
