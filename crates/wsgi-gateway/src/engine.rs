//! The response engine.

use std::{fmt, mem, sync::Arc};

use wsgi_application::{
    Application, Body, Content, Environ, Error, ErrorFields, ErrorPage, Exchange, Filter, Head,
    Result, Scope, StartResponse, Status, filtered,
};
use wsgi_environ::{DeadlinePassed, End, Errors, InputError};

use crate::{
    delivery::Delivery,
    failure::{Failure, error_output},
    framing::Rules,
    live::Source,
    log,
    panic::{caught, discard},
    rest::Rest,
    sending::Sending,
    transport::Transport,
};

/// The response engine, with settings for all requests of a gateway.
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

/// A log for errors, in place of the errors stream.
type Log = dyn Fn(&Environ, &Error) + Send + Sync;

impl Engine {
    /// An engine with the default [`error_output`] that logs whole backtraces.
    #[must_use]
    pub fn new() -> Self {
        Self {
            error_output: Arc::new(error_output),
            max_backtrace_lines: None,
            log: None,
        }
    }

    /// Sets the application that answers if another one fails before its head is sent; default:
    /// [`error_output`].
    ///
    /// It finds a [`Failure`] in the environ's extensions. The [`ErrorFields`] of middleware are
    /// added to its answer. If it fails, the default answers. If the request has an [`ErrorPage`],
    /// that page answers instead.
    #[must_use]
    pub fn error_output(mut self, application: impl Application + 'static) -> Self {
        self.error_output = Arc::new(application);
        self
    }

    /// Sets the maximum number of lines logged of an error's backtrace; default: `None`, for all of
    /// them.
    ///
    /// An error has a backtrace if `RUST_BACKTRACE` is set. The backtrace of a panic goes to the
    /// panic hook and is not logged again.
    #[must_use]
    pub fn max_backtrace_lines(mut self, lines: Option<usize>) -> Self {
        self.max_backtrace_lines = lines;
        self
    }

    /// Sets a log for errors and panics of the application and of the error output. It replaces
    /// their entries in the environ's errors stream. A panic of the log is ignored.
    ///
    /// Other entries, such as for bytes beyond a `Content-Length`, still go to the errors stream.
    ///
    /// ```
    /// use wsgi_gateway::Engine;
    ///
    /// let engine = Engine::new().log_exception(|environ, error| {
    ///     let (path, error) = (environ.path_info(), error.to_string());
    ///     environ.errors().print(format_args!("path={path:?} error={error:?}"));
    /// });
    /// # let _ = engine;
    /// ```
    #[must_use]
    pub fn log_exception(mut self, log: impl Fn(&Environ, &Error) + Send + Sync + 'static) -> Self {
        self.log = Some(Arc::new(log));
        self
    }

    /// Calls `application` for the request in `environ` and sends its response to `transport`. The
    /// [`Delivery`] has the rest, which needs no application.
    ///
    /// It never fails and never panics. An error or a panic of the application is logged to the
    /// errors stream. Then the error output answers, or the response is cut if its head is sent. A
    /// client that went away is not logged ([`Error::is_disconnected`]); another error is, also if
    /// the client is gone. The body is dropped before the return, unless it is in the rest.
    ///
    /// It blocks as long as the application and the transport do.
    pub fn respond(
        &self,
        application: &(impl Application + ?Sized),
        environ: &mut Environ,
        rules: Rules,
        exchange: &mut Exchange,
        transport: &mut (impl Transport + ?Sized),
    ) -> Delivery {
        let mut sending = Sending::new(transport, rules);
        sending.obey(environ.shared_deadline());
        match attempt(application, environ, exchange, &mut sending) {
            Ok(rest) if sending.is_whole() => sending.delivery(rest, End::Complete),
            result => self.mend(result, environ, exchange, &mut sending),
        }
    }

    /// Delivers a response that failed, or that is not as long as it said.
    #[cold]
    #[inline(never)]
    fn mend(
        &self,
        result: Result<Rest>,
        environ: &mut Environ,
        exchange: &mut Exchange,
        sending: &mut Sending<'_, impl Transport + ?Sized>,
    ) -> Delivery {
        let result = match result {
            Err(error) if !error.is_disconnected() => {
                sending.obey(environ.shared_deadline());
                let is_over = sending.is_answered() || sending.gone().is_some();
                if !is_over || !is_overdue(&error) {
                    self.log(environ, "", &error);
                }
                match is_over || sending.is_sent() {
                    true => Err(error),
                    false => self.replace(error, environ, exchange, sending),
                }
            }
            result => result,
        };
        if sending.had_surplus() {
            log::surplus(environ);
        }
        let (rest, end) = match (result, sending.shortfall()) {
            (Ok(rest), 0) => (rest, End::Complete),
            (Ok(rest), missing) => {
                log::shortfall(environ, missing);
                (rest, End::Failed)
            }
            (Err(error), _) => {
                let end = end_of(&error, sending);
                discard(error);
                (Rest::Nothing, end)
            }
        };
        sending.delivery(rest, end)
    }

    /// Logs an error. `whose` comes before its message.
    pub(crate) fn log(&self, environ: &Environ, whose: &str, error: &Error) {
        let Some(log) = &self.log else {
            log::failure(environ, whose, error, self.max_backtrace_lines);
            return;
        };
        let _ = caught(|| {
            log(environ, error);
            Ok(())
        });
    }

    /// Answers for an application that failed: with its error page, the error output or the default
    /// error output, whichever succeeds first.
    fn replace(
        &self,
        error: Error,
        environ: &mut Environ,
        exchange: &mut Exchange,
        sending: &mut Sending<'_, impl Transport + ?Sized>,
    ) -> Result<Rest> {
        let mut failure = Failure::new(error);
        if sending.answers_late() {
            failure.status = Status::GATEWAY_TIMEOUT;
        }
        discard(environ.insert_extension(failure));
        let fields = ErrorFields::take(environ);
        let page = environ.remove_extension::<ErrorPage>();
        let page = page.as_ref().map(|page| page as &dyn Application);
        let pages = page.map(|page| ("the error page failed: ", page));
        let own = ("the error output failed: ", &*self.error_output);
        for (whose, output) in pages.into_iter().chain([own]) {
            let result = stand_in(output, &fields, environ, exchange, sending);
            let Err(error) = result else { return result };
            if error.is_disconnected() {
                return Err(error);
            }
            self.log(environ, whose, &error);
            if sending.is_sent() || sending.gone().is_some() {
                return Err(error);
            }
            discard(error);
        }
        stand_in(&error_output, &fields, environ, exchange, sending)
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

/// Calls an application and delivers its body. All of it may be application code.
fn attempt(
    application: &(impl Application + ?Sized),
    environ: &mut Environ,
    exchange: &mut Exchange,
    sending: &mut Sending<'_, impl Transport + ?Sized>,
) -> Result<Rest> {
    exchange.clear();
    let mut content = Content::Empty;
    let result = caught(|| {
        let start_response = &mut StartResponse::new(exchange, sending);
        let body = application.call(environ, start_response)?;
        sending.obey(environ.shared_deadline()); // it may have been set
        let Exchange { head, gathered } = &mut *exchange;
        match body.into_content() {
            Content::Bytes(chunk) => sending.deliver_bytes(head, gathered, chunk),
            other => {
                let other = Body::from(other);
                let length = other.len();
                content = other.into_content();
                sending.deliver(head, gathered, length, &mut content)
            }
        }
    });
    let result = match content {
        Content::Empty => {
            mem::forget(content); // so that nothing looks for what to drop
            result
        }
        Content::Channel(receiver) if result.is_ok() && sending.leaves_body() => {
            Ok(sending.live(Source::Channel(receiver), environ))
        }
        Content::Chunks(chunks) if result.is_ok() && sending.leaves_body() => {
            Ok(sending.live(Source::Chunks(chunks), environ))
        }
        content => {
            close(content, environ);
            result
        }
    };
    Errors::end_entry();
    result
}

/// Calls an application that answers in place of another one.
#[inline(never)]
fn stand_in(
    application: &dyn Application,
    fields: &ErrorFields,
    environ: &mut Environ,
    exchange: &mut Exchange,
    sending: &mut Sending<'_, impl Transport + ?Sized>,
) -> Result<Rest> {
    let application = |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
        let owed = Owed(fields.clone());
        filtered(application, owed, environ, start_response)
    };
    attempt(&application, environ, exchange, sending)
}

/// Adds the fields that every response must have to an error page.
struct Owed(ErrorFields);

impl Filter for Owed {
    fn head(&mut self, head: &mut Head) -> Result<Scope> {
        self.0.put_on(head);
        Ok(Scope::Head)
    }
}

/// Drops a body and logs a panic of its drop. Such a panic must not happen while its iterator's
/// panic unwinds, which would abort the process, and must not fail a whole response.
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

/// Whether an error is that of a passed deadline.
fn is_overdue(error: &Error) -> bool {
    error.input_error() == Some(&InputError::DeadlinePassed)
        || error.find::<DeadlinePassed>().is_some()
}

/// The end of a response after an error. The transport knows best why nothing can be sent.
fn end_of(error: &Error, sending: &Sending<'_, impl Transport + ?Sized>) -> End {
    let from_error = || match error.input_error() {
        Some(InputError::TimedOut | InputError::DeadlinePassed) => End::TimedOut,
        _ if error.is_disconnected() => End::Disconnected,
        _ => End::Failed,
    };
    sending.gone().unwrap_or_else(from_error)
}
