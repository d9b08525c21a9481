//! The page that shows an error to a developer.

use std::fmt::{self, Write};

use wsgi_application::{Environ, Error, Status};
use wsgi_environ::Redacted;
use wsgi_middleware::prefers_json;

use crate::{escape, fault::fault, http_error::HttpError, problem::problem, response::Response};

/// Makes a page with an error, its causes, its backtrace if there is one, and every variable of
/// the environ, but of secrets only the length. Clients that prefer JSON get only the error and
/// its causes.
pub(crate) fn debug_page(environ: &Environ, error: &Error, status: Status) -> Response {
    if prefers_json(environ) {
        let causes: Vec<_> = error.chain().map(ToString::to_string).collect();
        let place = fault(error).and_then(|shown| shown.place().cloned());
        let error = HttpError::new(status, causes.join(": ")).with_place(place);
        return problem(&error).with_header("Cache-Control", "no-store");
    }
    let mut html = String::new();
    // Writing to a string fails only if the `Display` of a message does.
    if write_page(&mut html, environ, error, &status).is_err() {
        html.push_str("<p>The error cannot be shown.</p>");
    }
    Response::html(html)
        .with_status(status)
        .with_header("Cache-Control", "no-store")
        .with_header(
            "Content-Security-Policy",
            "default-src 'none'; style-src 'unsafe-inline'",
        )
}

fn write_page(html: &mut String, environ: &Environ, error: &Error, status: &Status) -> fmt::Result {
    let title = escape(&status.to_string()).into_owned();
    write!(html, include_str!("debug_page.html"), title = title)?;
    for (index, message) in error.messages().enumerate() {
        let label = match index {
            0 => "",
            _ => "caused by: ",
        };
        writeln!(html, "<p class=\"error\">{label}{}</p>", escape(&message))?;
    }
    if let Some(backtrace) = error.named_frames() {
        writeln!(
            html,
            "<h2>Backtrace</h2>\n<pre>{}</pre>",
            escape(&backtrace)
        )?;
    }
    writeln!(html, "<h2>Environ</h2>\n<table>")?;
    for (name, value) in environ.to_map() {
        let value = format!("{:?}", Redacted::new(&name, value.as_value()));
        let (name, value) = (escape(&name), escape(&value));
        writeln!(
            html,
            "<tr><th scope=\"row\">{name}</th><td>{value}</td></tr>"
        )?;
    }
    writeln!(html, "</table>\n</body>\n</html>")
}
