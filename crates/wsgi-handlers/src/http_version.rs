//! The HTTP version of a handler that is an origin server.

use std::fmt;

/// The HTTP version in the status line of a response (RFC 9112 section 4).
///
/// In either version, the response ends after its `Content-Length` or with the connection. A
/// handler serves a single request, and does not use the chunked coding.
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
    /// HTTP/1.1. Every response has `Connection: close`.
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
