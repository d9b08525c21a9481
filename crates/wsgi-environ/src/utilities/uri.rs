//! URLs rebuilt from an environ (PEP 3333, "URL Reconstruction").

use std::{fmt, net::Ipv6Addr};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, percent_encode};
use wsgi_headers::Value;

use crate::utilities::variables::Variables;

/// The characters quoted in `SCRIPT_NAME`: all but the slash and the unreserved characters of
/// RFC 3986 section 2.3.
const SCRIPT_NAME: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// The characters quoted in `PATH_INFO`, where those of path parameters stay as they are too.
const PATH_INFO: &AsciiSet = &SCRIPT_NAME.remove(b';').remove(b'=').remove(b',');

/// A variable that a URL needs is absent.
///
/// ```
/// use std::collections::BTreeMap;
/// use wsgi_environ::application_uri;
///
/// let missing = application_uri(&BTreeMap::<String, String>::new()).unwrap_err();
/// assert_eq!(missing.name(), "wsgi.url_scheme");
/// assert_eq!(missing.to_string(), "the environ has no wsgi.url_scheme");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MissingVariable(&'static str);

impl MissingVariable {
    /// The name of the variable.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for MissingVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the environ has no {}", self.0)
    }
}

impl std::error::Error for MissingVariable {}

/// Guesses the scheme from the variable `HTTPS`: "https" if it is `yes`, `on` or `1`; otherwise
/// "http".
///
/// ```
/// use std::collections::BTreeMap;
/// use wsgi_environ::guess_scheme;
///
/// let mut environ = BTreeMap::new();
/// assert_eq!(guess_scheme(&environ), "http");
/// environ.insert("HTTPS".to_owned(), "on".to_owned());
/// assert_eq!(guess_scheme(&environ), "https");
/// ```
#[must_use]
pub fn guess_scheme(environ: &impl Variables) -> &'static str {
    match environ.variable("HTTPS").map(Value::as_bytes) {
        Some(b"yes" | b"on" | b"1") => "https",
        _ => "http",
    }
}

/// The URL of the application's mount, without `PATH_INFO` and query.
///
/// The host is `HTTP_HOST`, or else `SERVER_NAME` and, unless it is the default of the scheme,
/// `SERVER_PORT`. An IPv6 address in `SERVER_NAME` gets brackets if it has none, and loses its
/// zone. `SCRIPT_NAME` (or `/`) is quoted byte by byte and need not be UTF-8. Bytes of the host
/// that are not UTF-8 are quoted too.
///
/// # Errors
///
/// [`MissingVariable`] if `wsgi.url_scheme` is absent, or if `HTTP_HOST` is absent or empty and
/// `SERVER_NAME` or `SERVER_PORT` is absent.
///
/// ```
/// use wsgi_environ::{Environ, application_uri};
///
/// let mut environ = Environ::new();
/// environ.set("SERVER_NAME", "example.org");
/// environ.set("SERVER_PORT", "8000");
/// environ.set("SCRIPT_NAME", "/caf\u{e9}");
/// environ.set("PATH_INFO", "/menu");
/// assert_eq!(application_uri(&environ)?, "http://example.org:8000/caf%C3%A9");
/// # Ok::<(), wsgi_environ::MissingVariable>(())
/// ```
pub fn application_uri(environ: &impl Variables) -> Result<String, MissingVariable> {
    let scheme = required(environ, "wsgi.url_scheme")?;
    let mut uri = String::with_capacity(64);
    push_text(&mut uri, scheme);
    uri.push_str("://");
    let host = optional(environ, "HTTP_HOST");
    if host.is_empty() {
        push_host(&mut uri, required(environ, "SERVER_NAME")?);
        let port = required(environ, "SERVER_PORT")?;
        let default: &[u8] = if scheme == b"https" { b"443" } else { b"80" };
        if port != default {
            uri.push(':');
            push_text(&mut uri, port);
        }
    } else {
        push_text(&mut uri, host);
    }
    match optional(environ, "SCRIPT_NAME") {
        b"" => uri.push('/'),
        script_name => uri.extend(percent_encode(script_name, SCRIPT_NAME)),
    }
    Ok(uri)
}

/// The URL of the request, with the query string if `include_query` is true.
///
/// It is [`application_uri`] and the quoted `PATH_INFO`, in which `;`, `=` and `,` stay as they
/// are. The query string is already encoded and stays as it is, except that bytes that are not
/// UTF-8 are quoted.
///
/// # Errors
///
/// As for [`application_uri`].
///
/// ```
/// use wsgi_environ::{Environ, request_uri};
///
/// let mut environ = Environ::new();
/// environ.set("HTTP_HOST", "example.org");
/// environ.set("PATH_INFO", "/new pages;v=2");
/// environ.set("QUERY_STRING", "q=a+b");
/// assert_eq!(request_uri(&environ, true)?, "http://example.org/new%20pages;v=2?q=a+b");
/// assert_eq!(request_uri(&environ, false)?, "http://example.org/new%20pages;v=2");
/// # Ok::<(), wsgi_environ::MissingVariable>(())
/// ```
pub fn request_uri(
    environ: &impl Variables,
    include_query: bool,
) -> Result<String, MissingVariable> {
    let mut uri = application_uri(environ)?;
    let start = uri.len();
    uri.extend(quote_path(optional(environ, "PATH_INFO")));
    if optional(environ, "SCRIPT_NAME").is_empty() && uri.len() > start {
        // The application's URL already ends with the first slash of the path.
        uri.remove(start);
    }
    let query = optional(environ, "QUERY_STRING");
    if include_query && !query.is_empty() {
        uri.push('?');
        push_text(&mut uri, query);
    }
    Ok(uri)
}

/// Quotes a path as [`request_uri`] does.
pub(crate) fn quote_path(path: &[u8]) -> PercentEncode<'_> {
    percent_encode(path, PATH_INFO)
}

fn optional<'a>(environ: &'a impl Variables, name: &str) -> &'a [u8] {
    environ
        .variable(name)
        .map(Value::as_bytes)
        .unwrap_or_default()
}

fn required<'a>(
    environ: &'a impl Variables,
    name: &'static str,
) -> Result<&'a [u8], MissingVariable> {
    match environ.variable(name) {
        Some(value) => Ok(value.as_bytes()),
        None => Err(MissingVariable(name)),
    }
}

/// Appends the name of a server. RFC 3875 section 4.1.14 has brackets around an IPv6 address, but
/// some servers leave them out. A zone, such as `%eth0`, means something on this machine alone (RFC
/// 4007 section 11.2), and no URL has one (RFC 9844).
fn push_host(uri: &mut String, name: &[u8]) {
    let address = str::from_utf8(name).ok().map(|name| {
        let name = name.strip_prefix('[').unwrap_or(name);
        let name = name.strip_suffix(']').unwrap_or(name);
        name.split_once('%').map_or(name, |(address, _)| address)
    });
    match address {
        Some(address) if address.parse::<Ipv6Addr>().is_ok() => uri.extend(["[", address, "]"]),
        _ => push_text(uri, name),
    }
}

/// Appends text as it is, and quotes bytes that are not UTF-8.
fn push_text(uri: &mut String, bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        uri.push_str(chunk.valid());
        uri.extend(percent_encode(chunk.invalid(), NON_ALPHANUMERIC));
    }
}
