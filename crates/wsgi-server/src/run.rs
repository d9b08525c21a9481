//! Serving as whatever started the process asks for.

use std::io;

use wsgi_application::Application;
use wsgi_handlers::{CgiHandler, Handler};

use crate::{Listener, Protocol, Server};

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
/// It catches no signal. A program that needs options puts the same parts together itself.
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
/// [`Server::serve_forever`]. What goes wrong with a CGI request is logged and answered.
pub fn run(application: impl Application + 'static) -> io::Result<()> {
    serve(None, application)
}

/// [`run`], with another address where nothing passed a socket, as
/// [`Builder::bind`](crate::Builder::bind) takes it. It is listened on only then.
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
    serve(Some(address), application)
}

fn serve(address: Option<&str>, application: impl Application + 'static) -> io::Result<()> {
    if CgiHandler::is_invoked() {
        CgiHandler::new().run(&application);
        return Ok(());
    }
    let mut builder = Server::builder();
    if let Some(listener) = Listener::stdin()? {
        builder = builder.listener(listener.protocol(Protocol::FastCgi));
    } else {
        let inherited = Listener::inherited()?;
        if let (true, Some(address)) = (inherited.is_empty(), address) {
            builder = builder.bind(address)?;
        }
        for listener in inherited {
            builder = builder.listener(listener);
        }
    }
    builder.build(application)?.serve_forever()
}
