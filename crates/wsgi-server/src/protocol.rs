//! The protocol of a connection.

use std::fmt;

/// The protocol of a server's connections: of all of them
/// ([`Builder::protocol`](crate::Builder::protocol)), or of those to one socket
/// ([`Listener::protocol`](crate::Listener::protocol)).
///
/// Each protocol but HTTP needs the feature of its name: without `fastcgi`, for example, there is
/// no `Protocol::FastCgi`.
///
/// ```
/// use wsgi_server::{Listener, Protocol, Server};
///
/// assert_eq!(Protocol::default(), Protocol::Http);
/// let health = Listener::bind("127.0.0.1:0")?.protocol(Protocol::Http);
/// let builder = Server::builder().listener(health);
/// # #[cfg(feature = "fastcgi")]
/// let builder = builder.bind("127.0.0.1:0")?.protocol(Protocol::FastCgi);
/// # let _ = builder;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// HTTP/1.1 and HTTP/1.0, with clients or with a front server that passes on their requests.
    #[default]
    Http,
    /// FastCGI 1.0 with a front server, in the role of a Responder, or also of an
    /// [Authorizer](wsgi_fastcgi::Limits::accept_authorizers). Needs the feature `fastcgi`.
    #[cfg(feature = "fastcgi")]
    FastCgi,
    /// SCGI with a front server. Needs the feature `scgi`.
    #[cfg(feature = "scgi")]
    Scgi,
    /// The uwsgi protocol with a front server. Needs the feature `uwsgi`.
    #[cfg(feature = "uwsgi")]
    Uwsgi,
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "HTTP",
            #[cfg(feature = "fastcgi")]
            Self::FastCgi => "FastCGI",
            #[cfg(feature = "scgi")]
            Self::Scgi => "SCGI",
            #[cfg(feature = "uwsgi")]
            Self::Uwsgi => "uwsgi",
        })
    }
}

impl Protocol {
    /// All of them, in the order of their numbers.
    pub(crate) const ALL: &[Self] = &[
        Self::Http,
        #[cfg(feature = "fastcgi")]
        Self::FastCgi,
        #[cfg(feature = "scgi")]
        Self::Scgi,
        #[cfg(feature = "uwsgi")]
        Self::Uwsgi,
    ];

    /// The most bytes that are [blank](Self::is_blank).
    pub(crate) const MAX_BLANK: usize = EMPTY_LINES.len();

    /// Whether requests come from a front server, as variables. Its address is not the client's.
    pub(crate) fn is_gateway(self) -> bool {
        self != Self::Http
    }

    /// Whether these are no more than the empty lines that may precede a request of HTTP (RFC 9112
    /// section 2.2).
    #[inline]
    pub(crate) fn is_blank(self, bytes: &[u8]) -> bool {
        bytes
            .first()
            .is_none_or(|first| *first == b'\r' && self.is_blank_from_cr(bytes))
    }

    #[cold] // nothing at all, or a request, is far more frequent
    fn is_blank_from_cr(self, bytes: &[u8]) -> bool {
        self == Self::Http && EMPTY_LINES.starts_with(bytes)
    }
}

/// As much of the empty lines as the parser of a request line skips or waits for.
const EMPTY_LINES: &[u8] = b"\r\n\r\n\r";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_protocol_has_its_number_as_its_place() {
        for (place, protocol) in Protocol::ALL.iter().enumerate() {
            assert_eq!(*protocol as usize, place, "{protocol}");
        }
    }
}
