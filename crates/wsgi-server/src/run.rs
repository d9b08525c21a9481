//! Serving as whatever started the process asks for.

use std::{io, sync::Arc};

use wsgi_application::{Application, Environ, Result, StartResponse};
use wsgi_environ::Base;
use wsgi_handlers::{CgiHandler, Handler};

use crate::{Builder, Listener, Server, site::Site};

/// Serves an application as whatever started this process asks for, so that one program can be
/// put anywhere. Everything else is as it is by default.
///
/// | the process was started | which shows by | it serves |
/// |---|---|---|
/// | for one request | `GATEWAY_INTERFACE` and `REQUEST_METHOD` ([`CgiHandler::is_invoked`]) | CGI, and returns |
/// | with a socket for standard input | that it listens ([`Listener::stdin`]) | FastCGI on it |
/// | with sockets of a service manager | `LISTEN_FDS` and `LISTEN_PID` ([`Listener::inherited`]) | HTTP on all of them |
/// | otherwise | | HTTP on `127.0.0.1:8000` |
///
/// But for CGI, one line on the errors stream says where it serves, and SIGINT and SIGTERM let it
/// finish its requests and return: see [`Server::serve_until_stopped`]. [`Builder::run`] is the same
/// with options, such as a script name.
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
/// # Errors
///
/// An address cannot be listened on, what was passed is no listening socket, or those of
/// [`Server::serve_until_stopped`]. What goes wrong with a CGI request is logged and answered.
pub fn run(application: impl Application + 'static) -> io::Result<()> {
    Server::builder().run(application)
}

/// [`run`], with another address where nothing passed a socket, as [`Builder::bind`] takes it. It
/// is listened on only then.
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
pub fn run_on(address: &str, application: impl Application + 'static) -> io::Result<()> {
    Server::builder().run_on(address, application)
}

/// Serving as whatever started the process asks for.
impl Builder {
    /// [`run`](crate::run()), with the options of this builder. Addresses that it has are served as
    /// well as the sockets that were passed. By CGI, what is about requests counts, the
    /// [script name](Builder::script_name) among it, and what is about connections does not.
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
    /// Those of [`run`](crate::run()).
    pub fn run(self, application: impl Application + 'static) -> io::Result<()> {
        self.serve(None, application)
    }

    /// [`run_on`](crate::run_on()), with the options of this builder, as [`run`](Builder::run) has them.
    ///
    /// # Errors
    ///
    /// Those of [`run`](crate::run()).
    pub fn run_on(self, address: &str, application: impl Application + 'static) -> io::Result<()> {
        self.serve(Some(address), application)
    }

    fn serve(
        mut self,
        address: Option<&str>,
        application: impl Application + 'static,
    ) -> io::Result<()> {
        if CgiHandler::is_invoked() {
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
        let site = Site::new(Arc::new(application), self.prepare, self.handle);
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
