//! Where a server listens.

use std::{
    fmt, io,
    net::{SocketAddr, TcpListener, ToSocketAddrs},
    os::unix::net::UnixListener,
    path::{Path, PathBuf},
    vec,
};

/// Where a server listens: on TCP, or at the path of a Unix socket.
///
/// A TCP address can be connected to as it is, and is shown as host and port; a
/// Unix socket is shown as `unix:` and its path, as
/// [`Builder::bind`](crate::Builder::bind) takes it.
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_server::{Address, Server};
///
/// let app = application(|_environ, start_response| {
///     start_response.start(Status::NO_CONTENT, ())?;
///     Ok(().into())
/// });
/// let server = Server::builder().bind("127.0.0.1:0")?.build(app)?;
/// let address = server.local_addr();
/// assert!(address.to_string().starts_with("127.0.0.1:"));
/// assert_ne!(address.tcp().unwrap().port(), 0);
/// std::net::TcpStream::connect(&address)?;
///
/// assert_eq!(Address::Unix("/run/app.sock".into()).to_string(), "unix:/run/app.sock");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Address {
    /// An IP address and port.
    Tcp(SocketAddr),
    /// The absolute path of a Unix socket; empty for one that has none, as
    /// Linux's abstract sockets.
    Unix(PathBuf),
}

impl Address {
    /// The IP address and port, if it is on TCP.
    #[must_use]
    pub fn tcp(&self) -> Option<SocketAddr> {
        match self {
            Address::Tcp(address) => Some(*address),
            Address::Unix(_) => None,
        }
    }

    /// The path, if it is a Unix socket.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Address::Tcp(_) => None,
            Address::Unix(path) => Some(path),
        }
    }

    pub(crate) fn of_tcp(listener: &TcpListener) -> io::Result<Self> {
        listener.local_addr().map(Address::Tcp)
    }

    pub(crate) fn of_unix(listener: &UnixListener) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let path = address.as_pathname().unwrap_or(Path::new(""));
        Ok(Address::Unix(path.to_owned()))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Tcp(address) => address.fmt(f),
            Address::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Address::Tcp(address)
    }
}

/// So that a client can connect to it as to any address on TCP. A Unix socket
/// has no such address, which is an error of kind
/// [`Unsupported`](io::ErrorKind::Unsupported).
impl ToSocketAddrs for Address {
    type Iter = vec::IntoIter<SocketAddr>;

    fn to_socket_addrs(&self) -> io::Result<Self::Iter> {
        match self {
            Address::Tcp(address) => Ok(vec![*address].into_iter()),
            Address::Unix(_) => {
                let message = format!("{self} has no IP address");
                Err(io::Error::new(io::ErrorKind::Unsupported, message))
            }
        }
    }
}
