//! The application that wsgiref has.

use std::fmt::Write as _;

use wsgi_application::{Environ, Result, StartResponse, Status};

/// The variables that show who a client is. A script of a page could otherwise read in the response
/// what browsers keep from it.
const SECRETS: [&str; 4] = [
    "HTTP_AUTHORIZATION",
    "HTTP_COOKIE",
    "HTTP_PROXY_AUTHORIZATION",
    "REMOTE_PASSWD",
];

/// An application that shows what it gets: `Hello world!`, and the environ of the request in the
/// order of its names, like `wsgiref.simple_server.demo_app`.
///
/// It checks a deployment: that requests arrive, and what a front server makes of them. Everybody
/// sees all variables, also those of [`base_environ`](crate::Builder::base_environ), so take it
/// away after the check. It shows only the length of passwords and cookies.
///
/// ```
/// use std::{io::{self, Write}, net::TcpStream};
/// use wsgi_server::{demo_app, make_server};
///
/// let server = make_server("127.0.0.1", 0, demo_app)?;
/// let mut client = TcpStream::connect(server.local_addr())?;
/// client.write_all(b"GET /a%20b?c HTTP/1.0\r\nHost: a.example\r\nCookie: id=7\r\n\r\n")?;
/// server.handle_request()?;
/// let response = io::read_to_string(client)?;
/// assert!(response.contains("\r\n\r\nHello world!\n\n"));
/// assert!(response.contains("\nPATH_INFO = \"/a b\"\n"));
/// assert!(response.contains("\nHTTP_COOKIE = (4 bytes)\n"));
/// assert!(response.contains("\nwsgi.url_scheme = \"http\"\n"));
/// # Ok::<(), io::Error>(())
/// ```
///
/// # Errors
///
/// The response was started before.
pub fn demo_app(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let mut lines: Vec<_> = environ
        .iter()
        .map(|(name, value)| match SECRETS.contains(&&*name) {
            true => format!("{name} = ({} bytes)", value.as_bytes().len()),
            false => format!("{name} = {value:?}"),
        })
        .collect();
    lines.sort_unstable();
    let mut text = "Hello world!\n\n".to_owned();
    for line in lines {
        text += &line;
        text.push('\n');
    }
    for (name, is_so) in [
        ("multiprocess", environ.multiprocess()),
        ("multithread", environ.multithread()),
        ("run_once", environ.run_once()),
    ] {
        writeln!(text, "wsgi.{name} = {is_so}")?;
    }
    writeln!(text, "wsgi.url_scheme = {:?}", environ.url_scheme())?;
    writeln!(text, "wsgi.version = {:?}", environ.version())?;
    let headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
    ];
    start_response.start(Status::OK, headers)?;
    Ok(text.into())
}
