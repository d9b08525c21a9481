//! The addresses of a client's connection to a proxy.

use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

/// The addresses of a client's connection to a proxy: the source is the client, and the destination
/// is the address that the client connected to.
///
/// ```
/// use wsgi_proxy_protocol::Addresses;
///
/// let addresses = Addresses::between("192.0.2.7:56324".parse()?, "203.0.113.1:443".parse()?);
/// assert_eq!(addresses.source(), Some("192.0.2.7:56324".parse()?));
/// assert_eq!(addresses.destination(), Some("203.0.113.1:443".parse()?));
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Addresses<'a> {
    /// Addresses and ports of IPv4.
    Inet {
        /// The address of the client.
        source: SocketAddrV4,
        /// The address that the client connected to.
        destination: SocketAddrV4,
    },
    /// Addresses and ports of IPv6. Their scope and flow are 0.
    Inet6 {
        /// The address of the client.
        source: SocketAddrV6,
        /// The address that the client connected to.
        destination: SocketAddrV6,
    },
    /// Paths of Unix sockets, of at most 108 bytes, without the NULs at their end. The path of a
    /// client is usually empty, and an abstract address begins with NUL.
    Unix {
        /// The path of the client's socket.
        source: &'a [u8],
        /// The path that the client connected to.
        destination: &'a [u8],
    },
}

impl Addresses<'_> {
    /// The addresses of a connection by TCP. If only one is an IPv4 address, it is written as an
    /// IPv6 address (`::ffff:192.0.2.7`).
    ///
    /// ```
    /// use wsgi_proxy_protocol::Addresses;
    ///
    /// let addresses = Addresses::between("192.0.2.7:1".parse()?, "[2001:db8::1]:2".parse()?);
    /// assert_eq!(addresses.source(), Some("[::ffff:192.0.2.7]:1".parse()?));
    /// # Ok::<(), std::net::AddrParseError>(())
    /// ```
    #[must_use]
    pub fn between(source: SocketAddr, destination: SocketAddr) -> Self {
        match (source, destination) {
            (SocketAddr::V4(source), SocketAddr::V4(destination)) => Self::Inet {
                source,
                destination,
            },
            _ => Self::Inet6 {
                source: inet6(source),
                destination: inet6(destination),
            },
        }
    }

    /// The client's address and port. `None` for a Unix socket.
    #[must_use]
    pub fn source(&self) -> Option<SocketAddr> {
        match *self {
            Self::Inet { source, .. } => Some(source.into()),
            Self::Inet6 { source, .. } => Some(source.into()),
            Self::Unix { .. } => None,
        }
    }

    /// The address and port that the client connected to. `None` for a Unix socket.
    #[must_use]
    pub fn destination(&self) -> Option<SocketAddr> {
        match *self {
            Self::Inet { destination, .. } => Some(destination.into()),
            Self::Inet6 { destination, .. } => Some(destination.into()),
            Self::Unix { .. } => None,
        }
    }
}

/// The address as one of IPv6, without scope and flow, which the protocol does not have.
fn inet6(address: SocketAddr) -> SocketAddrV6 {
    let ip = match address.ip() {
        IpAddr::V4(ip) => ip.to_ipv6_mapped(),
        IpAddr::V6(ip) => ip,
    };
    socket_v6(ip, address.port())
}

/// An address and port of IPv6.
pub(crate) fn socket_v6(ip: Ipv6Addr, port: u16) -> SocketAddrV6 {
    SocketAddrV6::new(ip, port, 0, 0)
}
