//! The application that wsgiref has.

use std::fmt::Write as _;

use wsgi_application::{Environ, Result, StartResponse, Status};
use wsgi_environ::Redacted;

/// An application that shows what it gets: `Hello world!`, and the environ of the request in the
/// order of its names, like `wsgiref.simple_server.demo_app`.
///
/// It checks a deployment: that requests arrive, and what a front server makes of them. Everybody
/// sees all variables, also those of [`base_environ`](crate::Builder::base_environ), so take it
/// away after the check. It shows values [without secrets](Redacted), such as a password, a cookie,
/// a token or a key.
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
/// assert!(response.contains("\nHTTP_COOKIE = \"id=(1 bytes)\"\n"));
/// assert!(response.contains("\nwsgi.url_scheme = \"http\"\n"));
/// # Ok::<(), io::Error>(())
/// ```
///
/// # Errors
///
/// The response was started before.
pub fn demo_app(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let mut text = "Hello world!\n\n".to_owned();
    for (name, value) in &environ.to_map() {
        writeln!(text, "{name} = {:?}", Redacted::new(name, value.as_value()))?;
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

#[cfg(test)]
mod tests {
    use wsgi_application::{Content, Exchange};

    use super::*;

    #[track_caller]
    fn check(name: &'static str, shown: &str) {
        let mut environ = Environ::new();
        environ.set(name, "opensesame");
        let (mut exchange, mut sent) = (Exchange::new(), Vec::new());
        let mut start_response = StartResponse::new(&mut exchange, &mut sent);
        let body = demo_app(&mut environ, &mut start_response).unwrap();
        let Content::Bytes(text) = body.into_content() else {
            panic!("it is a text");
        };
        let text = String::from_utf8_lossy(&text);
        assert!(text.contains(&format!("\n{name} = {shown}\n")), "{text}");
    }

    #[test]
    fn of_secrets_only_the_length_is_shown() {
        for name in [
            "HTTP_AUTHORIZATION",
            "HTTP_COOKIE",
            "HTTP_PROXY_AUTHORIZATION",
            "HTTP_X_ACCESS_TOKEN",
            "HTTP_X_API_KEY",
            "HTTP_CF_ACCESS_JWT_ASSERTION",
            "REDIRECT_HTTP_AUTHORIZATION",
            "REDIRECT_REDIRECT_HTTP_COOKIE",
            "REMOTE_PASSWD",
            "shop.password",
        ] {
            check(name, "(10 bytes)");
        }
    }

    #[test]
    fn other_variables_are_shown() {
        for name in ["HTTP_HOST", "HTTP_KEEP_ALIVE", "REMOTE_USER", "shop.name"] {
            check(name, "\"opensesame\"");
        }
    }
}
