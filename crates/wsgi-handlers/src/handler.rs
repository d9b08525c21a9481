//! The trait of handlers, with everything that can be changed about them.

mod response;
pub(crate) mod run;

use std::{
    io::{self, Write},
    sync::Arc,
};

use wsgi_application::{Application, Environ, FileWrapper};
use wsgi_environ::{Base, Errors, Input, InvalidVariable, Outcome};
use wsgi_gateway::Engine;

use self::run::run;
use crate::http_version::HttpVersion;

/// Runs an application for a single request. It is `wsgiref.handlers.BaseHandler`.
///
/// Callers use [`run`](Self::run). The other methods are for authors of a handler, and only `run`
/// calls them. Three of them are required: they provide the request and take the response. The
/// others have defaults.
///
/// ```
/// use std::io::{self, Write};
/// use wsgi_application::{Environ, Status, application};
/// use wsgi_environ::{Input, InvalidVariable};
/// use wsgi_handlers::Handler;
///
/// /// Answers `GET` for a path, into memory.
/// struct Page {
///     path: String,
///     response: Vec<u8>,
/// }
///
/// impl Handler for Page {
///     fn add_variables(&mut self, environ: &mut Environ) -> Result<(), InvalidVariable> {
///         environ.set("REQUEST_METHOD", "GET");
///         environ.set("PATH_INFO", &self.path);
///         Ok(())
///     }
///     fn input(&mut self, _environ: &Environ) -> Input {
///         Input::empty()
///     }
///     fn output(&mut self) -> &mut dyn Write {
///         &mut self.response
///     }
///     fn origin_server(&self) -> Option<wsgi_handlers::HttpVersion> {
///         None
///     }
/// }
///
/// let app = application(|environ, start_response| {
///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
///     Ok(format!("You asked for {}\n", environ.path_info()).into())
/// });
/// let mut page = Page { path: "/menu".into(), response: Vec::new() };
/// let outcome = page.run(&app);
/// assert!(outcome.is_complete());
/// assert_eq!(
///     page.response,
///     b"Status: 200 OK\r\nContent-Length: 20\r\nContent-Type: text/plain\r\n\r\n\
///       You asked for /menu\n"
/// );
/// ```
pub trait Handler {
    /// Adds the request's variables to an environ that already has the [`base`](Self::base) and the
    /// [`errors`](Self::errors) (`add_cgi_vars`).
    ///
    /// # Errors
    ///
    /// The variables are not a request. The error is logged and answered with 400 or 500, and the
    /// application is not called.
    fn add_variables(&mut self, environ: &mut Environ) -> Result<(), InvalidVariable>;

    /// The body of the request, whose variables are in `environ` (`get_stdin`).
    fn input(&mut self, environ: &Environ) -> Input;

    /// The destination of the response (`_write` and `_flush`). It is flushed at the end, and
    /// whenever the application wants its bytes to arrive. After an error nothing more is written.
    /// The error is logged, unless the reader went away (a broken pipe, a reset, an abort).
    fn output(&mut self) -> &mut dyn Write;

    /// The errors stream (`get_stderr`); default: standard error.
    fn errors(&mut self) -> Errors {
        Errors::stderr()
    }

    /// The base of the environ: variables over which those of the request take precedence, such as
    /// those of the process (`os_environ`); the URL scheme, unless it is guessed (`get_scheme`);
    /// `wsgi.multithread`, `wsgi.multiprocess` and `wsgi.run_once`.
    ///
    /// Default: no variables; `wsgi.multithread` and `wsgi.multiprocess` are true.
    ///
    /// ```
    /// use std::io::Write;
    /// use std::sync::Arc;
    /// use wsgi_application::{Environ, Status, application};
    /// use wsgi_environ::{Base, Errors, Input, InvalidVariable};
    /// use wsgi_gateway::{Engine, diagnostics};
    /// use wsgi_handlers::Handler;
    ///
    /// struct Job(Vec<u8>);
    ///
    /// impl Handler for Job {
    ///     # fn add_variables(&mut self, environ: &mut Environ) -> Result<(), InvalidVariable> {
    ///     #     environ.set("REQUEST_METHOD", "GET");
    ///     #     Ok(())
    ///     # }
    ///     # fn input(&mut self, _environ: &Environ) -> Input {
    ///     #     Input::empty()
    ///     # }
    ///     # fn output(&mut self) -> &mut dyn Write {
    ///     #     &mut self.0
    ///     # }
    ///     fn base(&self) -> Arc<Base> {
    ///         Arc::new(Base::new().variable("SITE", "blog").run_once(true))
    ///     }
    ///     fn errors(&mut self) -> Errors {
    ///         Errors::discard()
    ///     }
    ///     fn engine(&self) -> Engine {
    ///         Engine::new().error_output(diagnostics)
    ///     }
    ///     fn server_software(&self) -> Option<&str> {
    ///         Some("job/1.0")
    ///     }
    /// }
    ///
    /// let app = application(|environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok(format!("{} by {}", environ.get("SITE").unwrap(), environ.get("SERVER_SOFTWARE").unwrap()).into())
    /// });
    /// let mut job = Job(Vec::new());
    /// job.run(&app);
    /// assert!(job.0.ends_with(b"\r\n\r\nblog by job/1.0"));
    /// ```
    fn base(&self) -> Arc<Base> {
        Arc::new(Base::new().multithread(true).multiprocess(true))
    }

    /// The response engine; default: [`Engine::new`].
    ///
    /// It has the log for errors (`log_exception`), the length of backtraces (`traceback_limit`),
    /// and the answer if the application fails (`error_status`, `error_headers`, `error_body`,
    /// `error_output`).
    fn engine(&self) -> Engine {
        Engine::new()
    }

    /// The HTTP version of an origin server, whose response begins with a status line; `None` for a
    /// gateway behind a front server, whose response begins with a `Status` field (RFC 3875 section
    /// 6.3.3). Default: HTTP/1.0. (`origin_server`, `http_version`)
    fn origin_server(&self) -> Option<HttpVersion> {
        Some(HttpVersion::default())
    }

    /// The name of an origin server, for `SERVER_SOFTWARE` and the field `Server` if they are
    /// absent (`server_software`); default: `None`. A name that is not a valid field value is left
    /// out of the field.
    fn server_software(&self) -> Option<&str> {
        None
    }

    /// Sends `length` bytes of a file, from its current position, to the output in a better way
    /// than by reading and writing (`sendfile`). Returns false, the default, if there is no such
    /// way. Everything before these bytes is already written and flushed.
    ///
    /// # Errors
    ///
    /// Not all bytes were sent. The response is cut there. The outcome counts those by which the
    /// position of the file has moved.
    ///
    /// ```
    /// use std::fs::File;
    /// use std::io::{self, Write};
    /// use wsgi_application::{Environ, FileWrapper, Status, application};
    /// use wsgi_environ::{Input, InvalidVariable};
    /// use wsgi_handlers::Handler;
    ///
    /// /// A handler whose other end takes whole files.
    /// struct Copier {
    ///     head: Vec<u8>,
    ///     copied: u64,
    /// }
    ///
    /// impl Handler for Copier {
    ///     # fn add_variables(&mut self, environ: &mut Environ) -> Result<(), InvalidVariable> {
    ///     #     environ.set("REQUEST_METHOD", "GET");
    ///     #     Ok(())
    ///     # }
    ///     # fn input(&mut self, _environ: &Environ) -> Input {
    ///     #     Input::empty()
    ///     # }
    ///     # fn output(&mut self) -> &mut dyn Write {
    ///     #     &mut self.head
    ///     # }
    ///     fn sendfile(&mut self, file: &mut FileWrapper, length: u64) -> io::Result<bool> {
    ///         if file.as_file().is_none() {
    ///             return Ok(false);
    ///         }
    ///         self.copied += length; // here `sendfile` is called
    ///         Ok(true)
    ///     }
    ///     fn is_reader_gone(&mut self) -> bool {
    ///         false // the other end is always there
    ///     }
    /// }
    ///
    /// let app = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok(FileWrapper::from_file(File::open("README.md")?).into())
    /// });
    /// let mut copier = Copier { head: Vec::new(), copied: 0 };
    /// copier.run(&app);
    /// assert_eq!(copier.copied, std::fs::metadata("README.md")?.len());
    /// # Ok::<(), io::Error>(())
    /// ```
    fn sendfile(&mut self, file: &mut FileWrapper, length: u64) -> io::Result<bool> {
        let _ = (file, length);
        Ok(false)
    }

    /// Whether the reader of the output is gone, as far as this shows without writing
    /// to it; default: false. It never waits. It is asked about four times a second, while the next
    /// chunk of a [live body](wsgi_application::Body::channel) is awaited. Where it is not known,
    /// the senders of such a body hear at their next chunk that the reader is gone.
    fn is_reader_gone(&mut self) -> bool {
        false
    }

    /// Runs the application, sends its response, and then runs the hooks of the request. Returns
    /// the outcome that the hooks receive.
    ///
    /// An application that fails or panics is logged and answered by the [`Engine`]. The method
    /// blocks as long as the application and the streams do. If the response is not complete, the
    /// owner of the connection must cut it, so that the client notices.
    fn run(&mut self, application: &dyn Application) -> Outcome {
        run(self, application)
    }
}
