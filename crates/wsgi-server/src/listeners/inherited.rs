//! Sockets that this process was started with.

use std::{
    env, io,
    os::fd::{AsFd, OwnedFd},
    process,
};

use rustix::{
    io::Errno,
    net::{AddressFamily, SocketType, getsockname, sockopt},
};

use crate::{listeners::listener::Listener, sys};

/// The first descriptor that a service manager passes: `SD_LISTEN_FDS_START`.
const FIRST: u32 = 3;

/// Sockets that this process was started with.
impl Listener {
    /// The listening sockets that a service manager passed to this process, as systemd does for
    /// socket units (sd_listen_fds(3)): `LISTEN_FDS` of them, from descriptor 3 on, if `LISTEN_PID`
    /// is this process. The list is empty if the variables are not set or are for another process.
    ///
    /// Their [names](Self::name) are those in `LISTEN_FDNAMES`. The variables stay set, because
    /// they cannot be removed safely while other threads may read them. Programs that this process
    /// starts do not inherit the descriptors, and see the `LISTEN_PID` of another process.
    ///
    /// ```
    /// use wsgi_server::{Listener, Server};
    ///
    /// let mut builder = Server::builder();
    /// for listener in Listener::inherited()? {
    ///     builder = builder.listener(listener);
    /// }
    /// assert!(Listener::inherited()?.is_empty(), "no service manager has started this process");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `LISTEN_FDS` is not a number, `LISTEN_FDNAMES` does not have a name for each descriptor, or
    /// one of them is not a listening stream socket on TCP or Unix.
    pub fn inherited() -> io::Result<Vec<Self>> {
        Self::inherited_if(&|_| true)
    }

    /// The sockets of [`inherited`](Self::inherited) that have this name. Other descriptors are
    /// left alone: a service manager may also pass files, or sockets that do not listen. They stay
    /// open for programs that this process starts.
    ///
    /// ```
    /// use wsgi_server::{Listener, Server};
    ///
    /// let mut builder = Server::builder().bind("127.0.0.1:0")?;
    /// for listener in Listener::inherited_as("http")? {
    ///     assert_eq!(listener.name(), Some("http"));
    ///     builder = builder.listener(listener);
    /// }
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`inherited`](Self::inherited): about the variables, and about descriptors with
    /// this name.
    pub fn inherited_as(name: &str) -> io::Result<Vec<Self>> {
        Self::inherited_if(&|other| other == Some(name))
    }

    fn inherited_if(is_wanted: &dyn Fn(Option<&str>) -> bool) -> io::Result<Vec<Self>> {
        let pid = env::var("LISTEN_PID").ok();
        if pid.and_then(|pid| pid.parse().ok()) != Some(process::id()) {
            return Ok(Vec::new());
        }
        let Ok(count) = env::var("LISTEN_FDS") else {
            return Ok(Vec::new());
        };
        let end = count
            .parse()
            .ok()
            .and_then(|count| FIRST.checked_add(count));
        let Some(end) = end.and_then(|end| i32::try_from(end).ok()) else {
            let problem = format!("LISTEN_FDS is not a number of descriptors: {count:?}");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
        };
        let numbers = FIRST as i32..end;
        let mut names = names(numbers.len())?.into_iter();
        numbers
            .map(|number| (number, names.next().flatten()))
            .filter(|(_, name)| is_wanted(name.as_deref()))
            .map(|(number, name)| {
                sys::inherited(number)
                    .and_then(Self::try_from)
                    .map(|listener| Self { name, ..listener })
                    .map_err(|error| {
                        let problem = format!("descriptor {number} of LISTEN_FDS: {error}");
                        io::Error::new(error.kind(), problem)
                    })
            })
            .collect()
    }

    /// The listening socket in place of standard input, if there is one. A front server starts
    /// FastCGI applications in this way (FastCGI Specification section 2.2), and so does a service
    /// manager with `StandardInput=socket`.
    ///
    /// Everybody who reaches the socket may connect, whatever `FCGI_WEB_SERVER_ADDRS` says:
    /// `Listener::passed`, which the feature `fastcgi` adds, looks at that variable.
    ///
    /// # Errors
    ///
    /// The system does not tell what standard input is.
    ///
    /// ```
    /// use wsgi_server::Listener;
    ///
    /// // Standard input is a listening socket if a front server has started this process.
    /// let builder = match Listener::stdin()? {
    ///     Some(listener) => wsgi_server::Server::builder().listener(listener),
    ///     None => wsgi_server::Server::builder().bind("127.0.0.1:0")?,
    /// };
    /// assert!(Listener::inherited()?.is_empty(), "nor has systemd");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn stdin() -> io::Result<Option<Self>> {
        let stdin = io::stdin();
        match is_listening(stdin.as_fd()) {
            Ok(true) => Self::try_from(stdin.as_fd().try_clone_to_owned()?).map(Some),
            Ok(false) | Err(Errno::NOTSOCK) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// The names of `LISTEN_FDNAMES` for a number of descriptors; none if there is no such variable.
fn names(count: usize) -> io::Result<Vec<Option<String>>> {
    let Some(text) = env::var_os("LISTEN_FDNAMES").filter(|_| count > 0) else {
        return Ok(Vec::new());
    };
    let text = text.to_string_lossy();
    let names: Vec<_> = text.split(':').collect();
    if names.len() != count {
        let problem = format!("LISTEN_FDNAMES does not have {count} names: {text:?}");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
    }
    let name = |name: &str| (!name.is_empty()).then(|| name.to_owned());
    Ok(names.into_iter().map(name).collect())
}

/// A listener from any descriptor of a listening stream socket on TCP or Unix. Another descriptor
/// is an error of kind [`InvalidInput`](io::ErrorKind::InvalidInput). The socket counts as one that
/// this process was started with: when the server ends, clients that wait to be accepted are left
/// to the process that goes on with the socket.
impl TryFrom<OwnedFd> for Listener {
    type Error = io::Error;

    fn try_from(descriptor: OwnedFd) -> io::Result<Self> {
        let refuse = |problem| Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
        match is_listening(descriptor.as_fd()) {
            Ok(true) => {}
            Ok(false) => return refuse("the socket does not listen for streams"),
            Err(Errno::NOTSOCK) => return refuse("it is not a socket"),
            Err(error) => return Err(error.into()),
        }
        match getsockname(&descriptor)?.address_family() {
            AddressFamily::INET | AddressFamily::INET6 => Ok(Self {
                maker: None,
                ..std::net::TcpListener::from(descriptor).into()
            }),
            AddressFamily::UNIX => Ok(Self {
                maker: None,
                ..std::os::unix::net::UnixListener::from(descriptor).into()
            }),
            _ => refuse("the socket listens neither on TCP nor on Unix"),
        }
    }
}

fn is_listening(socket: impl AsFd + Copy) -> Result<bool, Errno> {
    Ok(sockopt::socket_type(socket)? == SocketType::STREAM && accepts(socket)?)
}

#[cfg(not(target_vendor = "apple"))]
fn accepts(socket: impl AsFd) -> Result<bool, Errno> {
    sockopt::socket_acceptconn(socket)
}

/// Whether the socket has no peer (FastCGI Specification section 2.2). This system has no better
/// sign.
#[cfg(target_vendor = "apple")]
fn accepts(socket: impl AsFd) -> Result<bool, Errno> {
    Ok(rustix::net::getpeername(socket).err() == Some(Errno::NOTCONN))
}
