//! The address that a server listens on.

use std::{
    fmt, io,
    net::{SocketAddr, TcpListener, ToSocketAddrs},
    os::unix::net::UnixListener,
    path::{Path, PathBuf},
    vec,
};

/// The address that a server listens on: on TCP, or the path of a Unix socket.
///
/// A client can connect to a TCP address as it is. It is shown as host and port. A Unix socket is
/// shown as `unix:` and its path, which is the form that [`Builder::bind`](crate::Builder::bind)
/// takes.
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
/// let unix = Address::Unix("/run/app.sock".into());
/// assert_eq!(unix.to_string(), "unix:/run/app.sock");
/// assert_eq!(unix.path(), Some("/run/app.sock".as_ref()));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Address {
    /// An IP address and port.
    Tcp(SocketAddr),
    /// The absolute path of a Unix socket, or an empty path if it has none, like abstract sockets
    /// of Linux.
    Unix(PathBuf),
}

impl Address {
    /// The IP address and port of an address on TCP.
    #[must_use]
    pub fn tcp(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(address) => Some(*address),
            Self::Unix(_) => None,
        }
    }

    /// The path of a Unix socket.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Tcp(_) => None,
            Self::Unix(path) => Some(path),
        }
    }

    pub(crate) fn of_tcp(listener: &TcpListener) -> io::Result<Self> {
        listener.local_addr().map(Self::Tcp)
    }

    pub(crate) fn of_unix(listener: &UnixListener) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let path = address.as_pathname().unwrap_or(Path::new(""));
        Ok(Self::Unix(path.to_owned()))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Self::Tcp(address)
    }
}

/// The address of a TCP connection. For a Unix socket it is an error of kind
/// [`Unsupported`](io::ErrorKind::Unsupported).
impl ToSocketAddrs for Address {
    type Iter = vec::IntoIter<SocketAddr>;

    fn to_socket_addrs(&self) -> io::Result<Self::Iter> {
        match self {
            Self::Tcp(address) => Ok(vec![*address].into_iter()),
            Self::Unix(_) => {
                let message = format!("{self} has no IP address");
                Err(io::Error::new(io::ErrorKind::Unsupported, message))
            }
        }
    }
}
