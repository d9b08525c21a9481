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
///
/// A test can ask it for one response:
///
/// ```
/// use std::{io::{self, Write}, net::TcpStream};
/// use wsgi_application::{Status, application};
///
/// let server = wsgi_server::make_server("127.0.0.1", 0, application(|_environ, start_response| {
///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
///     Ok("Hello world!\n".into())
/// }))?;
/// let mut client = TcpStream::connect(server.local_addr())?;
/// client.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
/// server.handle_request()?;
/// assert!(io::read_to_string(client)?.ends_with("\r\n\r\nHello world!\n"));
/// # Ok::<(), io::Error>(())
/// ```
pub fn make_server(
    host: &str,
    port: u16,
    application: impl Application + 'static,
) -> io::Result<Server> {
    Server::builder().bind_to(host, port)?.build(application)
}
