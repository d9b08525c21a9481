//! Which HTTP a handler speaks as an origin server.

use std::fmt;

/// The version in the status line of a whole HTTP response (RFC 9112 section 4).
///
/// Either way the response ends with the connection, or after its `Content-Length`: a handler
/// serves one request, and chunks nothing.
///
/// ```
/// use wsgi_handlers::HttpVersion;
///
/// assert_eq!(HttpVersion::default().to_string(), "HTTP/1.0");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum HttpVersion {
    /// HTTP/1.0, as in `wsgiref`.
    #[default]
    Http10,
    /// HTTP/1.1; every response has `Connection: close`.
    Http11,
}

impl fmt::Display for HttpVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http10 => "HTTP/1.0",
            Self::Http11 => "HTTP/1.1",
        })
    }
}
