//! What runs one request, and all that can be changed about it.

use std::{
    io::{self, Write},
    sync::Arc,
};

use wsgi_application::{Application, Environ, FileWrapper};
use wsgi_environ::{Base, Errors, Input, InvalidVariable, Outcome};
use wsgi_gateway::Engine;

use crate::{HttpVersion, run::run};

/// Runs an application for one request: `wsgiref.handlers.BaseHandler`.
///
/// [`run`](Self::run) is for use; the other methods are for those who write a handler of their
/// own, and nobody else calls them. Three say where the request comes from and where the
/// response goes; the rest have defaults.
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
/// assert!(outcome.complete);
/// assert_eq!(
///     page.response,
///     b"Status: 200 OK\r\nContent-Length: 20\r\nContent-Type: text/plain\r\n\r\nYou asked for /menu\n"
/// );
/// ```
pub trait Handler {
    /// Adds the request's variables to an environ that has the [`base`](Self::base) and the
    /// [`errors`](Self::errors) (`add_cgi_vars`).
    ///
    /// # Errors
    ///
    /// There is no request in them: it is logged, and answered 400 or 500, and the application is
    /// not called.
    fn add_variables(&mut self, environ: &mut Environ) -> Result<(), InvalidVariable>;

    /// The request's body, once its variables are there (`get_stdin`).
    fn input(&mut self, environ: &Environ) -> Input;

    /// Where the response goes (`_write` and `_flush`). It is flushed when the application wants
    /// bytes to arrive, and at the end. After an error nothing more is written, and it is logged:
    /// but for those of a reader that went away (a broken pipe, a reset, an abort).
    fn output(&mut self) -> &mut dyn Write;

    /// Where the application's errors go (`get_stderr`); default: standard error.
    fn errors(&mut self) -> Errors {
        Errors::stderr()
    }

    /// What is the same for all requests: variables that stand behind the request's, such as
    /// those of the process (`os_environ`), the URL scheme where it is not to be guessed
    /// (`get_scheme`), `wsgi.multithread`, `wsgi.multiprocess` and `wsgi.run_once`.
    ///
    /// Default: no variables, any number of threads and processes.
    fn base(&self) -> Arc<Base> {
        Arc::new(Base::new().multithread(true).multiprocess(true))
    }

    /// The response engine: how errors are logged (`log_exception`), and how much of a backtrace
    /// (`traceback_limit`); what is answered in place of an application that failed
    /// (`error_status`, `error_headers`, `error_body`, `error_output`). Default: [`Engine::new`].
    fn engine(&self) -> Engine {
        Engine::new()
    }

    /// Whether this is a whole web server, whose response begins with the status line of this
    /// version (`origin_server`, `http_version`), or a gateway behind one, whose response begins
    /// with a `Status` field (RFC 3875 section 6.3.3). Default: HTTP/1.0.
    fn origin_server(&self) -> Option<HttpVersion> {
        Some(HttpVersion::default())
    }

    /// What an origin server calls itself in `SERVER_SOFTWARE` and in the field `Server`, where
    /// others did not say (`server_software`). Text that cannot be a field's value is left out.
    /// Default: nothing.
    fn server_software(&self) -> Option<&str> {
        None
    }

    /// Sends `length` bytes of a file from where it stands to the output, in a better way than by
    /// reading and writing; false, the default, where there is none (`sendfile`). All that
    /// comes before them was written and flushed.
    ///
    /// # Errors
    ///
    /// Not all of the bytes were sent: the response is cut there.
    fn sendfile(&mut self, file: &mut FileWrapper, length: u64) -> io::Result<bool> {
        let _ = (file, length);
        Ok(false)
    }

    /// Runs the application, sends its response, and then runs the hooks of the request.
    ///
    /// An application that fails or panics is logged and answered as [`Engine`] says. It blocks
    /// as long as the application and the streams do. What it returns is what the hooks are
    /// told: a response that is not complete can be told by the client only if the connection
    /// is cut, which is up to who has it.
    fn run(&mut self, application: &dyn Application) -> Outcome {
        run(self, application)
    }
}
