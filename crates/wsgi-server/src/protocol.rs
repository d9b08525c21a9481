//! What is spoken on a connection.

use std::fmt;

/// What a server speaks: [`Builder::protocol`](crate::Builder::protocol) for all
/// its connections, or [`Listener::protocol`](crate::Listener::protocol) for
/// those of one socket.
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
    /// HTTP/1.1 and HTTP/1.0, to clients or to a front server that passes their
    /// requests on.
    #[default]
    Http,
    /// FastCGI 1.0 to a front server, in the role of a Responder.
    #[cfg(feature = "fastcgi")]
    FastCgi,
    /// SCGI to a front server.
    #[cfg(feature = "scgi")]
    Scgi,
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Protocol::Http => "HTTP",
            #[cfg(feature = "fastcgi")]
            Protocol::FastCgi => "FastCGI",
            #[cfg(feature = "scgi")]
            Protocol::Scgi => "SCGI",
        })
    }
}

impl Protocol {
    /// How many there are.
    pub(crate) const COUNT: usize =
        1 + cfg!(feature = "fastcgi") as usize + cfg!(feature = "scgi") as usize;

    /// Whether requests come from a front server, as variables: then its
    /// address is not the client's.
    pub(crate) fn is_gateway(self) -> bool {
        self != Protocol::Http
    }
}
