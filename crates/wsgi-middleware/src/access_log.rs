//! A log with a line for each request.

use std::{fmt, sync::Arc, thread};

use wsgi_application::{Application, Environ, Result, StartResponse};
use wsgi_environ::{Outcome, SharedHook};

mod apache;
mod dates;
mod destination;
mod entry;
mod escape;
mod field;
mod literal;
mod log_builder;
mod log_file;
mod log_format;
mod log_format_error;
mod log_handle;
mod log_writer;
mod notation;
mod part;
mod queue;
mod template;
mod timestamp;
mod writing;

pub use self::{
    log_builder::LogBuilder, log_format::LogFormat, log_format_error::LogFormatError,
    log_handle::LogHandle, log_writer::LogWriter,
};

use self::entry::Entry;
use crate::calls::Calls;

/// Middleware that logs a line for each request once its response has ended.
///
/// The line says how the response ended, including error pages of the server, and the bytes that
/// were sent. Its variables are those at the end of the request, so `AccessLog` can stand at any
/// place: it sees the user of a [`BasicAuth`](crate::BasicAuth) within, and the id of a
/// [`RequestId`](crate::RequestId) around it. Put it around everything that answers requests
/// itself. Inside `InternalRedirects`, `ErrorDocuments` or `Cascade`, which may call it several
/// times for a request, it writes one line to a log all the same.
///
/// If a server answers a request at its [deadline](Environ::set_deadline), the line is written
/// then, with the variables as they were when the deadline was set, and none when the application
/// returns.
///
/// A request that the server refuses is not seen by middleware and has no line: one that is
/// malformed or too large, or that is cut off before its head is complete.
///
/// A line can contain what visitors want to keep private: addresses, names, and queries of targets.
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_middleware::{AccessLog, LogFormat, LogWriter};
///
/// let app = application(|_environ, start_response| {
///     start_response.start(Status::OK, ())?;
///     Ok("hello".into())
/// });
/// # let path = std::env::temp_dir().join(format!("wsgi-access-{}.log", std::process::id()));
/// let log = LogWriter::builder().format(LogFormat::json()).file(&path)?;
/// let app = AccessLog::new(app, log);
/// wsgi_testing::Request::get("/greet").call(&app);
/// drop(app); // writes the rest of the lines
/// assert!(std::fs::read_to_string(&path)?.contains(r#""target":"/greet""#));
/// # std::fs::remove_file(path)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct AccessLog<A> {
    application: A,
    log: LogWriter,
    /// The hook of all requests, unless it has to know the thread.
    hook: SharedHook,
}

impl<A: Application> AccessLog<A> {
    /// Logs the requests of an application.
    #[must_use]
    pub fn new(application: A, log: LogWriter) -> Self {
        let hook = Arc::new({
            let log = log.clone();
            move |environ: &Environ, outcome: &Outcome| {
                log.log(&Entry::new(environ, outcome, None));
            }
        });
        Self {
            application,
            log,
            hook,
        }
    }
}

impl<A: Application> Application for AccessLog<A> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        if !self.log.is_wanted() || !Calls::leave_line(environ, self.log.id()) {
            return self.application.call(environ, start_response);
        }
        if self.log.has_thread() {
            let (log, thread) = (self.log.clone(), thread::current());
            environ.on_finished_or_overdue(Arc::new(
                move |environ: &Environ, outcome: &Outcome| {
                    log.log(&Entry::new(environ, outcome, thread.name()));
                },
            ));
        } else {
            environ.on_finished_or_overdue(self.hook.clone());
        }
        self.application.call(environ, start_response)
    }
}

impl<A: fmt::Debug> fmt::Debug for AccessLog<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessLog")
            .field("application", &self.application)
            .field("log", &self.log)
            .finish_non_exhaustive()
    }
}
