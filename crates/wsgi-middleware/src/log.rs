//! Logging of failures that middleware answers itself.

use wsgi_application::{Environ, Error};
use wsgi_environ::Value;

/// Writes the reason why a request failed to its errors stream. It is for middleware that answers a
/// failure itself, because the gateway then does not log it.
///
/// It writes one line: the id of the request if it has one (`UNIQUE_ID`), its method, its path, the
/// error and its causes. Control characters are escaped, so that no part of a request can begin a
/// line of its own.
///
/// ```
/// use wsgi_environ::{Environ, Errors};
/// use wsgi_middleware::log_failure;
///
/// let (errors, log) = Errors::buffer();
/// let mut environ = Environ::new();
/// environ.set_errors(errors);
/// environ.set("REQUEST_METHOD", "GET");
/// environ.set("PATH_INFO", "/tea\n");
/// log_failure(&environ, &"out of\ntea".into());
/// assert_eq!(log.contents(), b"GET \"/tea\\n\": out of\\ntea\n");
/// ```
pub fn log_failure(environ: &Environ, error: &Error) {
    let mut path = environ.script_name().as_bytes().to_vec();
    path.extend_from_slice(environ.path_info().as_bytes());
    let path = Value::from(&path);
    let method = environ.request_method();
    let messages: Vec<_> = error.messages().collect();
    let line = format!("{method} {path:?}: {}", messages.join(": "));
    let line = match environ.get("UNIQUE_ID") {
        Some(id) => format!("[{id}] {line}"),
        None => line,
    };
    environ.errors().print(on_one_line(&line));
}

fn on_one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\u{2028}' | '\u{2029}' => line.extend(character.escape_unicode()),
            _ if character.is_control() => line.extend(character.escape_default()),
            _ => line.push(character),
        }
    }
    line
}
