//! The builder's handling of requests, and of the errors of applications.

use std::sync::Arc;

use wsgi_application::{Application, Environ, Error, Result, StartResponse};
use wsgi_environ::Errors;

use super::Builder;

impl Builder {
    /// Sets a function that handles each request, like wsgiref's `handle`. It gets the
    /// application, and may call it or not. It stays when the application is replaced.
    ///
    /// ```
    /// use std::{io::{self, Write}, net::TcpStream};
    /// use wsgi_application::{Application, Status, application};
    /// use wsgi_server::Server;
    ///
    /// let server = Server::builder()
    ///     .bind("127.0.0.1:0")?
    ///     .handle_with(|application, environ, start_response| {
    ///         environ.set("GREETING", "hello");
    ///         application.call(environ, start_response)
    ///     })
    ///     .build(application(|environ, start_response| {
    ///         start_response.start(Status::OK, ())?;
    ///         Ok(environ.get("GREETING").unwrap().to_string().into())
    ///     }))?;
    /// let mut client = TcpStream::connect(server.local_addr())?;
    /// client.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
    /// server.handle_request()?;
    /// assert!(io::read_to_string(client)?.ends_with("\r\n\r\nhello"));
    /// # Ok::<(), io::Error>(())
    /// ```
    pub fn handle_with<F>(mut self, handle: F) -> Self
    where
        F: Fn(&dyn Application, &mut Environ, &mut StartResponse<'_>) -> Result
            + Send
            + Sync
            + 'static,
    {
        self.handle = Some(Arc::new(handle));
        self
    }

    /// Sets the application that answers when another one has failed before its head was sent,
    /// like wsgiref's `error_output`. See [`wsgi_gateway::Failure`].
    pub fn error_output(mut self, application: impl Application + 'static) -> Self {
        self.engine = self.engine.error_output(application);
        self
    }

    /// Sets the errors stream, like wsgiref's `get_stderr`; by default standard error. The errors
    /// of a FastCGI request go to the front server instead.
    ///
    /// With `Errors::log` (feature `log` of `wsgi-environ`), the entries of the server and of
    /// requests are records of the `log` crate.
    pub fn errors(mut self, errors: Errors) -> Self {
        self.errors = errors;
        self
    }

    /// Sets a function that gets an application's errors, like wsgiref's `log_exception`. It
    /// replaces the entry in the errors stream. See
    /// [`Engine::log_exception`](wsgi_gateway::Engine::log_exception).
    pub fn log_exception(mut self, log: impl Fn(&Environ, &Error) + Send + Sync + 'static) -> Self {
        self.engine = self.engine.log_exception(log);
        self
    }

    /// Limits the number of lines of a backtrace in the log, like wsgiref's `traceback_limit`.
    /// `None`, the default, logs all of them.
    pub fn max_backtrace_lines(mut self, lines: Option<usize>) -> Self {
        self.engine = self.engine.max_backtrace_lines(lines);
        self
    }
}
