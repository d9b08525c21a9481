//! The constructor that wsgiref has.

use std::io;

use wsgi_application::Application;

use crate::server::Server;

/// Creates a server for `application` on one address, with default settings, like
/// `wsgiref.simple_server.make_server`. An empty host stands for every interface. Port 0 stands for
/// a free port, which [`local_addr`](Server::local_addr) tells.
///
/// ```no_run
/// use wsgi_application::{Environ, Result, StartResponse, Status};
///
/// fn hello(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
///     Ok("Hello world!\n".into())
/// }
///
/// wsgi_server::make_server("", 8000, hello)?.serve_forever()?;
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
///
/// The host cannot be resolved, or the server cannot listen on the address.
pub fn make_server(
    host: &str,
    port: u16,
    application: impl Application + 'static,
) -> io::Result<Server> {
    Server::builder().bind_to(host, port)?.build(application)
}
