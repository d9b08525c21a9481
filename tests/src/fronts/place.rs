//! The address of an application's process.

use std::{fmt, net::SocketAddr, path::PathBuf};

use crate::gateway::Socket;

/// The address of an application's process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// An address and a port.
    Tcp(SocketAddr),
    /// The file of a Unix socket.
    Unix(PathBuf),
}

impl Place {
    /// The kind of the socket.
    #[must_use]
    pub fn socket(&self) -> Socket {
        match self {
            Place::Tcp(_) => Socket::Tcp,
            Place::Unix(_) => Socket::Unix,
        }
    }
}

/// As in `unix:/path` and `127.0.0.1:8000`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Tcp(address) => address.fmt(f),
            Place::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}
