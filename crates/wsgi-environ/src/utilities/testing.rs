//! Defaults for tests.

use wsgi_headers::Value;

use crate::utilities::{uri::guess_scheme, variables::Variables};

/// Fills an environ with defaults for tests. It never replaces a value.
///
/// It sets:
///
/// - `SERVER_NAME` (127.0.0.1), `SERVER_PROTOCOL` (HTTP/1.0), `HTTP_HOST` (the server's name) and
///   `REQUEST_METHOD` (GET);
/// - `SCRIPT_NAME` (empty) and `PATH_INFO` (`/`), if both are absent;
/// - `wsgi.url_scheme`, from [`guess_scheme`];
/// - `SERVER_PORT`, if the scheme is `http` or `https`.
///
/// The other `wsgi.*` values are not strings. An [`Environ`](crate::Environ) has defaults for them,
/// and a map of strings does not have them.
///
/// The values are fake. Servers and applications must not use them.
///
/// ```
/// use std::collections::BTreeMap;
/// use wsgi_environ::{request_uri, setup_testing_defaults};
///
/// let mut environ = BTreeMap::from([("PATH_INFO".to_owned(), "/x".to_owned())]);
/// setup_testing_defaults(&mut environ);
/// assert_eq!(environ["REQUEST_METHOD"], "GET");
/// assert_eq!(environ["SERVER_PORT"], "80");
/// assert_eq!(request_uri(&environ, true).unwrap(), "http://127.0.0.1/x");
/// ```
pub fn setup_testing_defaults(environ: &mut impl Variables) {
    set_default(environ, "SERVER_NAME", "127.0.0.1");
    set_default(environ, "SERVER_PROTOCOL", "HTTP/1.0");
    if environ.variable("HTTP_HOST").is_none()
        && let Some(name) = environ.variable("SERVER_NAME").map(Value::to_value_buf)
    {
        environ.set_variable("HTTP_HOST", name.as_value());
    }
    set_default(environ, "REQUEST_METHOD", "GET");
    if environ.variable("SCRIPT_NAME").is_none() && environ.variable("PATH_INFO").is_none() {
        set_default(environ, "SCRIPT_NAME", "");
        set_default(environ, "PATH_INFO", "/");
    }
    let scheme = guess_scheme(environ);
    set_default(environ, "wsgi.url_scheme", scheme);
    let port = match environ.variable("wsgi.url_scheme").map(Value::as_bytes) {
        Some(b"http") => "80",
        Some(b"https") => "443",
        _ => return,
    };
    set_default(environ, "SERVER_PORT", port);
}

fn set_default(environ: &mut impl Variables, name: &str, value: &str) {
    if environ.variable(name).is_none() {
        environ.set_variable(name, Value::from(value));
    }
}
