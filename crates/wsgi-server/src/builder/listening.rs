//! The builder's sockets, and what is spoken on them.

use std::{io, path::Path};

use super::Builder;
use crate::{
    listeners::{listener::Listener, socket_access::SocketAccess},
    protocol::Protocol,
};

impl Builder {
    /// Adds an address to listen on, such as `127.0.0.1:8000`, `[::]:80` or
    /// `unix:/run/app.sock`. Only its owner can connect to such a Unix socket. If nothing is
    /// added, the server listens on `127.0.0.1:8000`.
    ///
    /// # Errors
    ///
    /// The address cannot be resolved, or the server cannot listen on it.
    pub fn bind(self, address: &str) -> io::Result<Self> {
        Ok(self.listener(Listener::bind(address)?))
    }

    /// Adds a host and port to listen on. An empty host stands for every interface, by IPv6 and by
    /// IPv4.
    ///
    /// # Errors
    ///
    /// The host cannot be resolved, or the server cannot listen on the address.
    pub fn bind_to(self, host: &str, port: u16) -> io::Result<Self> {
        Ok(self.listener(Listener::bind_to(host, port)?))
    }

    /// Adds the path of a Unix socket to listen at. The socket's file gets the permissions `mode`:
    /// with `0o660`, a front server in the group of the file can connect; with `0o666`, everybody
    /// who can reach its folder. [`Listener::bind_unix`] says when it replaces an existing file.
    ///
    /// # Errors
    ///
    /// Another server listens there, or the path cannot be bound.
    pub fn bind_unix(self, path: impl AsRef<Path>, mode: u32) -> io::Result<Self> {
        Ok(self.listener(Listener::bind_unix(path, mode)?))
    }

    /// Adds the path of a Unix socket to listen at. The socket's file gets this owner, group and
    /// permissions. See [`bind_unix`](Self::bind_unix).
    ///
    /// # Errors
    ///
    /// Those of [`Listener::bind_unix_for`].
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_server::{Protocol, Server, SocketAccess};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let folder = folder.path();
    /// // A server for a browser on this machine, and for the front server.
    /// let server = Server::builder()
    ///     .bind_to("localhost", 0)?
    ///     .bind_unix(folder.join("all.sock"), 0o666)?
    ///     .bind_unix_for(folder.join("own.sock"), SocketAccess::new(0o600))?
    ///     .protocol(Protocol::Http)
    ///     .build(application(|_environ, start_response| {
    ///         start_response.start(Status::OK, ())?;
    ///         Ok("Hello world!\n".into())
    ///     }))?;
    /// let paths: Vec<_> = server.local_addrs().iter().filter_map(|address| address.path()).collect();
    /// assert_eq!(paths, [folder.join("all.sock"), folder.join("own.sock")]);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn bind_unix_for(self, path: impl AsRef<Path>, access: SocketAccess) -> io::Result<Self> {
        Ok(self.listener(Listener::bind_unix_for(path, access)?))
    }

    /// Adds a socket that already listens: one of the standard library, or one that this process
    /// was [started with](Listener::inherited).
    pub fn listener(mut self, listener: impl Into<Listener>) -> Self {
        self.listeners.push(listener.into());
        self
    }

    /// Sets the protocol of all sockets that do not [have their own](Listener::protocol); by
    /// default HTTP.
    pub fn protocol(mut self, protocol: Protocol) -> Self {
        self.protocol = protocol;
        self
    }
}
