//! The settings of a proxy.

#[cfg(unix)]
use std::path::PathBuf;
use std::{io, time::Duration};

use wsgi_environ::{Environ, Value, is_host};

#[cfg(feature = "tls")]
use crate::client_tls::ClientTls;
use crate::{
    connection::Connection, failure::Failure, plain_socket::PlainSocket, socket::Socket,
    upstream::Upstream,
};

/// The settings of a proxy.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) upstream: Upstream,
    /// The Unix socket that the upstream server listens on, in place of its host and port.
    #[cfg(unix)]
    pub(crate) unix_socket: Option<PathBuf>,
    /// Has a meaning for `https` alone.
    #[cfg(feature = "tls")]
    pub(crate) tls: ClientTls,
    pub(crate) connect_timeout: Duration,
    pub(crate) response_timeout: Duration,
    pub(crate) idle_timeout: Duration,
    pub(crate) max_idle: usize,
    pub(crate) max_requests: usize,
    pub(crate) host: AskedHost,
    pub(crate) translates: bool,
}

/// The host that the upstream server is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AskedHost {
    /// The host of its URL.
    Upstream,
    /// The host of the request.
    Client,
    Other(String),
}

impl Settings {
    pub(crate) fn new(upstream: Upstream) -> Self {
        Self {
            upstream,
            #[cfg(unix)]
            unix_socket: None,
            #[cfg(feature = "tls")]
            tls: ClientTls::of_system(),
            connect_timeout: Duration::from_secs(5),
            response_timeout: Duration::from_secs(60),
            idle_timeout: Duration::from_secs(60),
            max_idle: 16,
            max_requests: 256,
            host: AskedHost::Upstream,
            translates: true,
        }
    }

    /// The Host field for a request.
    pub(crate) fn asked_host<'a>(&'a self, environ: &'a Environ) -> &'a [u8] {
        let client = || environ.host().map(Value::as_bytes);
        let upstream = self.upstream.authority.as_bytes();
        match &self.host {
            AskedHost::Upstream => upstream,
            AskedHost::Client => client().filter(|host| is_host(host)).unwrap_or(upstream),
            AskedHost::Other(host) => host.as_bytes(),
        }
    }

    /// Connects to the upstream server.
    pub(crate) fn connect(&self) -> Result<Connection, Failure> {
        match self.connect_any() {
            Ok(socket) => Ok(Connection::new(socket)),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => Err(Failure::ConnectTimeout),
            Err(error) => Err(Failure::Unreachable(error)),
        }
    }

    /// Connects, and shakes hands within the same time if there is TLS.
    fn connect_any(&self) -> io::Result<Socket> {
        #[cfg(feature = "tls")]
        if self.upstream.scheme == "https" {
            let start = std::time::Instant::now();
            let socket = self.connect_plain()?;
            let left = self.connect_timeout.saturating_sub(start.elapsed());
            let socket = self.tls.connect(socket, &self.upstream.host, left)?;
            return Ok(Socket::Tls(Box::new(socket)));
        }
        self.connect_plain().map(Socket::Plain)
    }

    fn connect_plain(&self) -> io::Result<PlainSocket> {
        #[cfg(unix)]
        if let Some(path) = &self.unix_socket {
            return crate::unix_socket::connect_unix(path, self.connect_timeout);
        }
        PlainSocket::connect_tcp(
            &self.upstream.host,
            self.upstream.port,
            self.connect_timeout,
        )
    }
}
