//! A listening socket, as a builder takes it.

use std::{
    fmt, io,
    net::{SocketAddr, TcpListener, ToSocketAddrs},
    os::unix::net::UnixListener,
    path::Path,
    process,
    sync::Arc,
};

use crate::{
    listeners::{address::Address, socket_file::SocketFile},
    protocol::Protocol,
};

/// How many clients may wait to be accepted; the system may allow fewer.
pub(crate) const BACKLOG: i32 = 4096;

/// The permissions of a Unix socket where nobody says more: for its owner alone.
const UNIX_MODE: u32 = 0o600;

/// A listening socket for [`Builder::listener`](crate::Builder::listener): bound
/// here, passed by whoever [started](Listener::inherited) the program, or made
/// elsewhere.
///
/// ```
/// use wsgi_server::Listener;
///
/// let folder = std::env::temp_dir().join(format!("listener-{}", std::process::id()));
/// std::fs::create_dir_all(&folder)?;
/// let path = folder.join("app.sock");
/// let listener = Listener::bind_unix(&path, 0o660)?;
/// assert_eq!(listener.local_addr()?.path(), Some(&*path));
/// drop(listener);
/// assert!(!path.exists(), "its file goes with it");
/// # std::fs::remove_dir(folder)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Listener {
    /// The file of a Unix socket that was bound here. It goes before the socket
    /// does: nobody finds one that looks as if it had been left behind.
    pub(crate) file: Option<Arc<SocketFile>>,
    pub(crate) socket: Socket,
    /// The host as it was given, for `SERVER_NAME`.
    pub(crate) host: Option<String>,
    /// What is spoken to those who come, if it was said.
    pub(crate) protocol: Option<Protocol>,
    /// The process that made it; none of those that this one was started with.
    pub(crate) maker: Option<u32>,
}

/// A listening socket of either kind.
#[derive(Debug)]
pub(crate) enum Socket {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Listener {
    /// Listens on an address such as `127.0.0.1:8000`, `localhost:8000`,
    /// `[::]:80` or `unix:/run/app.sock`. A Unix socket is for its owner alone;
    /// [`bind_unix`](Listener::bind_unix) says otherwise.
    ///
    /// # Errors
    ///
    /// The address cannot be resolved or listened on.
    pub fn bind(address: &str) -> io::Result<Self> {
        if let Some(path) = address.strip_prefix("unix:") {
            return Self::bind_unix(path, UNIX_MODE);
        }
        let host = address
            .rsplit_once(':')
            .map(|(host, _)| host.trim_matches(['[', ']']).to_owned());
        Self::bind_tcp(address, host).map_err(|error| cannot_listen(address, &error))
    }

    /// Listens on a host and port. An empty host is every interface, of IPv6 and
    /// of IPv4.
    ///
    /// # Errors
    ///
    /// The host cannot be resolved, or the address cannot be listened on.
    pub fn bind_to(host: &str, port: u16) -> io::Result<Self> {
        let result = if host.is_empty() {
            let every = [
                SocketAddr::from(([0u16; 8], port)),
                SocketAddr::from(([0u8; 4], port)),
            ];
            Self::bind_tcp(&every[..], None)
        } else {
            Self::bind_tcp((host, port), Some(host.to_owned()))
        };
        result.map_err(|error| match host.contains(':') {
            true => cannot_listen(&format!("[{host}]:{port}"), &error),
            false => cannot_listen(&format!("{host}:{port}"), &error),
        })
    }

    /// Listens at a path, for those whom the permissions `mode` of the socket's
    /// file let in, such as `0o660` for its owner and group, whatever the umask
    /// is. Only who may write the file can connect.
    ///
    /// A socket at that path that nobody listens on any more is replaced. The
    /// file is removed when the server ends, unless it was replaced meanwhile. Of
    /// processes that were forked since, only the one that has bound it does so.
    ///
    /// # Errors
    ///
    /// Another server listens there, something else than a socket is there, or
    /// the path cannot be bound: its folder has to be one that this process may
    /// write, and it must not have much more than 90 bytes.
    pub fn bind_unix(path: impl AsRef<Path>, mode: u32) -> io::Result<Self> {
        let path = path.as_ref();
        let (listener, file) = SocketFile::bind(path, mode)
            .map_err(|error| cannot_listen(&format!("unix:{}", path.display()), &error))?;
        rustix::net::listen(&listener, BACKLOG)?;
        Ok(Listener {
            file: Some(Arc::new(file)),
            ..Listener::from(listener)
        })
    }

    fn bind_tcp(address: impl ToSocketAddrs, host: Option<String>) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        // The standard library lets 128 wait, which a burst of clients outdoes.
        rustix::net::listen(&listener, BACKLOG)?;
        Ok(Listener {
            host,
            ..Listener::from(listener)
        })
    }

    /// Says what is spoken to those who come to this socket, whatever
    /// [`Builder::protocol`](crate::Builder::protocol) says of the others.
    #[must_use]
    pub fn protocol(mut self, protocol: Protocol) -> Self {
        self.protocol = Some(protocol);
        self
    }

    /// Whether it may be another process that goes on with it when this one ends:
    /// it was there before this process began.
    pub(crate) fn is_shared(&self) -> bool {
        self.maker != Some(process::id())
    }

    /// Where it listens.
    ///
    /// # Errors
    ///
    /// The system does not tell.
    pub fn local_addr(&self) -> io::Result<Address> {
        match (&self.socket, &self.file) {
            (_, Some(file)) => Ok(Address::Unix(file.path().to_owned())),
            (Socket::Tcp(listener), _) => Address::of_tcp(listener),
            (Socket::Unix(listener), _) => Address::of_unix(listener),
        }
    }
}

/// An error that names the address.
fn cannot_listen(address: &str, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot listen on {address}: {error}"))
}

impl From<TcpListener> for Listener {
    fn from(listener: TcpListener) -> Self {
        Listener {
            socket: Socket::Tcp(listener),
            host: None,
            file: None,
            protocol: None,
            maker: Some(process::id()),
        }
    }
}

/// The file of the socket is left to whoever bound it.
impl From<UnixListener> for Listener {
    fn from(listener: UnixListener) -> Self {
        Listener {
            socket: Socket::Unix(listener),
            host: None,
            file: None,
            protocol: None,
            maker: Some(process::id()),
        }
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Listener").field(&self.socket).finish()
    }
}
