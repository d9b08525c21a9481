//! A listening socket, before the server has it.

use std::{
    fmt, io,
    net::{SocketAddr, TcpListener, ToSocketAddrs},
    os::unix::net::UnixListener,
    path::Path,
    process,
    sync::Arc,
};

use wsgi_environ::Network;

#[cfg(feature = "restart")]
use crate::listeners::needs::Needs;
#[cfg(feature = "proxy-protocol")]
use crate::listeners::proxy_protocol::ProxyProtocol;
#[cfg(feature = "tls")]
use crate::tls::setup::Tls;
use crate::{
    listeners::{
        address::Address, allowed_peers::AllowedPeers, proxies::Proxies,
        socket_access::SocketAccess, socket_file::SocketFile,
    },
    protocol::Protocol,
};

/// The number of clients that may wait to be accepted. The system may allow fewer.
pub(crate) const BACKLOG: i32 = 4096;

/// A listening socket for [`Builder::listener`](crate::Builder::listener): bound here, passed to
/// the program [when it was started](Listener::inherited), or created elsewhere.
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
/// assert!(!path.exists(), "the file is removed with the listener");
/// # std::fs::remove_dir(folder)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Listener {
    /// The file of a Unix socket that was bound here. It is removed before the socket is closed,
    /// so that nobody finds a file that looks as if a dead server had left it.
    pub(crate) file: Option<Arc<SocketFile>>,
    pub(crate) socket: Socket,
    /// The host as it was given, for `SERVER_NAME`.
    pub(crate) host: Option<String>,
    /// The protocol of its connections. `None` stands for that of the builder.
    pub(crate) protocol: Option<Protocol>,
    /// The peers that may connect.
    pub(crate) allowed: AllowedPeers,
    /// The proxies that name the clients of its connections.
    pub(crate) proxies: Option<Arc<dyn Proxies>>,
    /// The TLS setup of its connections.
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<Tls>,
    /// The settings that it had in the predecessor, and needs here again.
    #[cfg(feature = "restart")]
    pub(crate) needs: Needs,
    /// The name that a service manager gave the socket.
    pub(crate) name: Option<String>,
    /// The process that made the socket, or `None` if this process was started with it.
    pub(crate) maker: Option<u32>,
    /// Whether the socket was bound here, so that nobody but its maker has had it.
    pub(crate) is_bound_here: bool,
}

/// A listening socket of either kind.
#[derive(Debug)]
pub(crate) enum Socket {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Listener {
    fn new(socket: Socket) -> Self {
        Self {
            socket,
            host: None,
            file: None,
            protocol: None,
            allowed: AllowedPeers::default(),
            proxies: None,
            #[cfg(feature = "tls")]
            tls: None,
            #[cfg(feature = "restart")]
            needs: Needs::default(),
            name: None,
            maker: Some(process::id()),
            is_bound_here: false,
        }
    }

    /// Listens on an address such as `127.0.0.1:8000`, `localhost:8000`, `[::]:80` or
    /// `unix:/run/app.sock`. Only its owner can connect to such a Unix socket;
    /// [`bind_unix`](Listener::bind_unix) sets other permissions.
    ///
    /// # Errors
    ///
    /// The address has no port or cannot be resolved, or the process cannot listen on it.
    pub fn bind(address: &str) -> io::Result<Self> {
        if let Some(path) = address.strip_prefix("unix:") {
            return Self::bind_unix(path, SocketAccess::DEFAULT_MODE);
        }
        let listener = host_of(address).and_then(|host| {
            let addresses: Vec<_> = address.to_socket_addrs()?.collect();
            Self::bind_tcp(&addresses, Some(host))
        });
        listener.map_err(|error| cannot_listen(address, &error))
    }

    /// Listens on a host and port. An empty host stands for every interface, by IPv6 and by IPv4.
    ///
    /// # Errors
    ///
    /// The host cannot be resolved, or the process cannot listen on the address.
    pub fn bind_to(host: &str, port: u16) -> io::Result<Self> {
        let result = if host.is_empty() {
            let every = [
                SocketAddr::from(([0u16; 8], port)),
                SocketAddr::from(([0u8; 4], port)),
            ];
            Self::bind_tcp(&every, None)
        } else {
            let addresses = (host, port).to_socket_addrs().map(Vec::from_iter);
            addresses.and_then(|addresses| Self::bind_tcp(&addresses, Some(host.to_owned())))
        };
        result.map_err(|error| match host.contains(':') {
            true => cannot_listen(&format!("[{host}]:{port}"), &error),
            false => cannot_listen(&format!("{host}:{port}"), &error),
        })
    }

    /// Listens at the path of a Unix socket. The socket's file has the permissions `mode`, such as
    /// `0o660` for its owner and group, whatever the umask is. Only those who may write to the file
    /// can connect.
    ///
    /// A socket at that path is replaced if nobody listens on it any more. The file is removed when
    /// the server ends, unless it was replaced meanwhile. After a fork, only the process that bound
    /// the socket removes it.
    ///
    /// # Errors
    ///
    /// Another server listens there, something other than a socket is there, or the path cannot be
    /// bound. Its folder must be writable for this process. As an absolute path it has at most 107
    /// bytes (103 on macOS), because clients could not name a longer one.
    pub fn bind_unix(path: impl AsRef<Path>, mode: u32) -> io::Result<Self> {
        Self::bind_unix_for(path, SocketAccess::new(mode))
    }

    /// Listens at the path of a Unix socket. The socket's file has the owner, group and permissions
    /// of `access`. Everything else is as for [`bind_unix`](Self::bind_unix).
    ///
    /// # Errors
    ///
    /// Those of [`bind_unix`](Self::bind_unix), or the process may not give the file to that owner
    /// or group.
    pub fn bind_unix_for(path: impl AsRef<Path>, access: SocketAccess) -> io::Result<Self> {
        let path = path.as_ref();
        let (listener, file) = SocketFile::bind(path, access)
            .map_err(|error| cannot_listen(&format!("unix:{}", path.display()), &error))?;
        rustix::net::listen(&listener, BACKLOG)?;
        Ok(Self {
            file: Some(Arc::new(file)),
            is_bound_here: true,
            ..Self::from(listener)
        })
    }

    /// Listens on the first of these addresses on which the process can.
    fn bind_tcp(addresses: &[SocketAddr], host: Option<String>) -> io::Result<Self> {
        let listener = TcpListener::bind(addresses)?;
        // Linux passes it on to every client, which saves a system call for each.
        if cfg!(target_os = "linux") {
            rustix::net::sockopt::set_tcp_nodelay(&listener, true)?;
        }
        // The standard library allows 128 clients to wait. A burst can have more.
        rustix::net::listen(&listener, BACKLOG)?;
        Ok(Self {
            host,
            is_bound_here: true,
            ..Self::from(listener)
        })
    }

    /// Sets the protocol of the connections to this socket. Others have that of
    /// [`Builder::protocol`](crate::Builder::protocol).
    #[must_use]
    pub fn protocol(mut self, protocol: Protocol) -> Self {
        self.protocol = Some(protocol);
        self
    }

    /// Lets peers in a network connect to this socket, in addition to those of other calls. Without
    /// a call, everybody may connect. The connection of another peer is closed at once, and a line
    /// in the errors stream says so every ten seconds at most.
    ///
    /// A server that speaks FastCGI, SCGI or uwsgi believes what its peer says about clients, so on
    /// TCP the front server should be the only one that can connect. To a Unix socket, the
    /// [permissions](Listener::bind_unix) of its file decide who can, and this has no effect.
    ///
    /// ```
    /// use std::{io::Read, net::TcpStream};
    /// # use wsgi_application::{Status, application};
    /// use wsgi_server::{Listener, Server};
    ///
    /// # let hello = application(|_environ, start_response| {
    /// #     start_response.start(Status::OK, ())?;
    /// #     Ok("Hello world!\n".into())
    /// # });
    /// let listener = Listener::bind("127.0.0.1:0")?
    ///     .allow("10.0.0.0/8".parse()?)
    ///     .allow("192.0.2.7".parse()?);
    /// let server = Server::builder().listener(listener).build(hello)?;
    /// // The test's own address is none of these.
    /// let mut peer = TcpStream::connect(server.local_addr())?;
    /// server.handle_request()?;
    /// assert_eq!(peer.read(&mut [0])?, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn allow(mut self, network: Network) -> Self {
        self.allowed.add(network);
        self
    }

    /// Expects the PROXY protocol on every connection to this socket, from the proxies that are
    /// trusted. Its header precedes everything else, also a TLS handshake.
    ///
    /// Needs the feature `proxy-protocol`.
    #[cfg(feature = "proxy-protocol")]
    #[must_use]
    pub fn proxy_protocol(mut self, proxies: ProxyProtocol) -> Self {
        self.proxies = Some(Arc::new(proxies));
        self
    }

    /// Lets clients connect to this socket by TLS alone. The same setup can serve several sockets;
    /// others stay without TLS. Only HTTP has TLS:
    /// [`Builder::build`](crate::Builder::build) refuses it with other protocols.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(mut self, tls: &Tls) -> Self {
        self.tls = Some(tls.clone());
        self
    }

    /// The name that a service manager gave the [inherited](Self::inherited) socket, so that a
    /// program can tell its sockets apart: `FileDescriptorName` of a socket unit of systemd, which
    /// by default is the name of the unit.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Another descriptor of the same socket, with the same settings.
    #[cfg(feature = "restart")]
    pub(crate) fn try_clone(&self) -> io::Result<Self> {
        let socket = match &self.socket {
            Socket::Tcp(listener) => Self::from(listener.try_clone()?),
            Socket::Unix(listener) => Self::from(listener.try_clone()?),
        };
        Ok(Self {
            file: self.file.clone(),
            host: self.host.clone(),
            protocol: self.protocol,
            allowed: self.allowed.clone(),
            proxies: self.proxies.clone(),
            #[cfg(feature = "tls")]
            tls: self.tls.clone(),
            needs: self.needs,
            name: self.name.clone(),
            maker: self.maker,
            ..socket
        })
    }

    /// Leaves the file of a Unix socket to another process: it is not removed when the server of
    /// this process ends. If nobody removes it, the next server at its path replaces it.
    ///
    /// Needs the feature `restart`.
    ///
    /// ```
    /// use wsgi_server::Listener;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("app.sock");
    /// let listener = Listener::bind_unix(&path, 0o660)?;
    /// listener.leave_file();
    /// drop(listener);
    /// assert!(path.exists());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[cfg(feature = "restart")]
    pub fn leave_file(&self) {
        self.file.iter().for_each(|file| file.leave());
    }

    /// Sets the name, for a program that gets the socket from this one.
    ///
    /// Needs the feature `restart`.
    ///
    /// ```
    /// use wsgi_server::Listener;
    ///
    /// let listener = Listener::bind_to("localhost", 0)?
    ///     .named("inner");
    /// assert!(listener.local_addr()?.tcp().is_some());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[cfg(feature = "restart")]
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Whether clients connect to the socket by TLS.
    pub(crate) fn is_secure(&self) -> bool {
        #[cfg(feature = "tls")]
        return self.tls.is_some();
        #[cfg(not(feature = "tls"))]
        false
    }

    /// Whether another process may go on with the socket when this one ends, because the socket
    /// existed before this process began.
    pub(crate) fn is_shared(&self) -> bool {
        self.maker != Some(process::id())
    }

    /// Whether this process has bound the socket, so that no other process waits for its clients
    /// unless it got the socket from here.
    pub(crate) fn is_own(&self) -> bool {
        self.is_bound_here && !self.is_shared()
    }

    /// The address that the socket listens on.
    ///
    /// # Errors
    ///
    /// The system does not tell the address.
    pub fn local_addr(&self) -> io::Result<Address> {
        match (&self.socket, &self.file) {
            (_, Some(file)) => Ok(Address::Unix(file.path().to_owned())),
            (Socket::Tcp(listener), _) => Address::of_tcp(listener),
            (Socket::Unix(listener), _) => Address::of_unix(listener),
        }
    }
}

/// The host of an address with a port, without brackets.
fn host_of(address: &str) -> io::Result<String> {
    let problem = match address.rsplit_once(':') {
        // Without brackets, the end of an IPv6 address looks like a port.
        Some((host, _)) if host.contains(':') && !host.starts_with('[') => {
            "an IPv6 address has brackets before its port, such as [::1]:8000"
        }
        Some((host, _)) if host.starts_with('[') == host.ends_with(']') => {
            return Ok(host.trim_matches(['[', ']']).to_owned());
        }
        _ => "a port is missing at its end, such as :8000",
    };
    Err(io::Error::new(io::ErrorKind::InvalidInput, problem))
}

/// An error that names the address.
fn cannot_listen(address: &str, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot listen on {address}: {error}"))
}

impl From<TcpListener> for Listener {
    fn from(listener: TcpListener) -> Self {
        Self::new(Socket::Tcp(listener))
    }
}

/// A listener that leaves the socket's file to the code that bound it.
impl From<UnixListener> for Listener {
    fn from(listener: UnixListener) -> Self {
        Self::new(Socket::Unix(listener))
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Listener").field(&self.socket).finish()
    }
}
