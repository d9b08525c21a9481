//! Serving in the way that the process was started for.

use std::{io, sync::Arc};

use wsgi_application::{Application, Environ, Result, StartResponse};
use wsgi_environ::Base;
use wsgi_handlers::{CgiHandler, Handler};

use crate::{
    builder::Builder, file_size_limit::survive_file_size_limit, listeners::listener::Listener,
    served_application::ServedApplication, server::Server,
};

/// Serves an application over CGI, FastCGI or HTTP, depending on how this process was started, so
/// that one program works in every environment. All other settings have their defaults.
///
/// | the process was started | recognized by | it serves |
/// |---|---|---|
/// | for one request | CGI's variables ([`CgiHandler::is_invoked`]) | CGI, and returns |
/// | with a listening socket as standard input | the socket ([`Listener::stdin`]) | FastCGI on it |
/// | with sockets of a service manager | `LISTEN_FDS` ([`Listener::inherited`]) | HTTP on them |
/// | otherwise | | HTTP on `127.0.0.1:8000` |
///
/// Except for CGI, one line on the errors stream says where it serves, and SIGINT and SIGTERM let
/// it finish its requests and return: see [`Server::serve_until_stopped`]. In each way,
/// [SIGXFSZ](crate::survive_file_size_limit()) does nothing. [`Builder::run`] is the same with
/// options, such as a script name.
///
/// ```no_run
/// use wsgi_application::{Environ, Result, StartResponse, Status};
///
/// fn hello(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
///     Ok("Hello world!\n".into())
/// }
///
/// fn main() -> std::io::Result<()> {
///     wsgi_server::run(hello)
/// }
/// ```
///
/// A front server starts the program for a request, and reads its response:
///
/// ```standalone_crate
/// use std::{env, io, process::Command};
/// # use wsgi_application::{Environ, Result, StartResponse, Status};
/// # fn hello(_: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
/// #     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
/// #     Ok("Hello world!\n".into())
/// # }
///
/// fn main() -> io::Result<()> {
///     if env::var_os("GATEWAY_INTERFACE").is_none() {
///         let mut program = Command::new(env::current_exe()?);
///         program.env("GATEWAY_INTERFACE", "CGI/1.1").env("REQUEST_METHOD", "GET");
///         let response = program.output()?.stdout;
///         assert!(response.ends_with(b"\r\n\r\nHello world!\n"));
///         return Ok(());
///     }
///     wsgi_server::run(hello)
/// }
/// ```
///
/// # Errors
///
/// The server cannot listen on an address, a passed descriptor is not a listening socket, or those
/// of [`Server::serve_until_stopped`]. Errors in a CGI request are logged and answered.
pub fn run(application: impl Application + 'static) -> io::Result<()> {
    Server::builder().run(application)
}

/// Serves as [`run`] does, but on another address if no socket was passed. [`Builder::bind`] says
/// which forms it may have. If a socket was passed, the address is not used.
///
/// # Errors
///
/// Those of [`run`].
///
/// ```no_run
/// # fn hello(
/// #     _: &mut wsgi_application::Environ,
/// #     _: &mut wsgi_application::StartResponse<'_>,
/// # ) -> wsgi_application::Result {
/// #     Err("not called".into())
/// # }
/// wsgi_server::run_on("[::]:80", hello)?;
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// An address that is none is an error at once:
///
/// ```
/// # use wsgi_application::{Status, application};
/// # let hello = application(|_environ, start_response| {
/// #     start_response.start(Status::OK, ())?;
/// #     Ok("Hello world!\n".into())
/// # });
/// assert!(wsgi_server::run_on("port 80", hello).is_err());
/// ```
pub fn run_on(address: &str, application: impl Application + 'static) -> io::Result<()> {
    Server::builder().run_on(address, application)
}

/// Serving in the way that the process was started for.
impl Builder {
    /// Serves as [`run`](crate::run()) does, with the options of this builder. Its addresses are
    /// served in addition to the sockets that were passed. For CGI, only the options about requests
    /// have an effect, such as the [script name](Builder::script_name).
    ///
    /// Needs the feature `run`.
    ///
    /// ```no_run
    /// # fn hello(
    /// #     _: &mut wsgi_application::Environ,
    /// #     _: &mut wsgi_application::StartResponse<'_>,
    /// # ) -> wsgi_application::Result {
    /// #     Err("not called".into())
    /// # }
    /// use wsgi_server::Server;
    ///
    /// Server::builder().script_name("/hello").run(hello)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`run`](crate::run()), or a setting makes no sense, as for [`build`](Self::build).
    pub fn run(self, application: impl Application + 'static) -> io::Result<()> {
        self.serve(None, application)
    }

    /// Serves as [`run_on`](crate::run_on()) does, with the options of this builder, like
    /// [`run`](Builder::run).
    ///
    /// # Errors
    ///
    /// Those of [`run`](Self::run).
    ///
    /// ```
    /// # use wsgi_application::{Status, application};
    /// # let hello = application(|_environ, start_response| {
    /// #     start_response.start(Status::OK, ())?;
    /// #     Ok("Hello world!\n".into())
    /// # });
    /// use wsgi_server::Server;
    ///
    /// // Not even an address:
    /// assert!(Server::builder().script_name("/hello").run_on("port 80", hello).is_err());
    /// ```
    pub fn run_on(self, address: &str, application: impl Application + 'static) -> io::Result<()> {
        self.serve(Some(address), application)
    }

    fn serve(
        mut self,
        address: Option<&str>,
        application: impl Application + 'static,
    ) -> io::Result<()> {
        survive_file_size_limit()?;
        if CgiHandler::is_invoked() {
            self.check()?; // as `build` does
            self.answer_by_cgi(application);
            return Ok(());
        }
        let passed = Listener::passed()?;
        if let (true, Some(address)) = (passed.is_empty(), address) {
            self = self.bind(address)?;
        }
        for listener in passed {
            self = self.listener(listener);
        }
        self.build(application)?.serve_until_stopped()
    }

    fn answer_by_cgi(self, application: impl Application + 'static) {
        let mut base = Base::new().multiprocess(true).run_once(true);
        for (name, value) in &self.variables {
            base = base.variable(name, value);
        }
        let site = ServedApplication::new(Arc::new(application), self.prepare, self.handle);
        let (application, script_name) = (site.called(), self.script_name);
        let answer = |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
            if let Some(script_name) = &script_name {
                environ.derive_path(script_name)?;
            }
            application.call(environ, start_response)
        };
        let handler = CgiHandler::new().with_base(base);
        handler.with_engine(self.engine).run(&answer);
    }
}
