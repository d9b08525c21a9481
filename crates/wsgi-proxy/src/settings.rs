//! The settings of a proxy.

#[cfg(unix)]
use std::path::PathBuf;
use std::time::{Duration, Instant};

use wsgi_environ::{Environ, Value, is_host};

#[cfg(feature = "tls")]
use crate::client_tls::ClientTls;
use crate::{
    connection::Connection, failure::Failure, lookup::Lookup, plain_socket::PlainSocket,
    socket::Socket, upstream::Upstream,
};

/// The settings of a proxy.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) upstream: Upstream,
    lookup: Lookup,
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
            lookup: Lookup::new(),
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

    /// Connects to the upstream server, within the time for that and before the request's deadline.
    pub(crate) fn connect(&self, deadline: Option<Instant>) -> Result<Connection, Failure> {
        let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
        let Some(left) = left.filter(|left| *left < self.connect_timeout) else {
            return self.connect_any(self.connect_timeout).map(Connection::new);
        };
        if left.is_zero() {
            return Err(Failure::DeadlinePassed);
        }
        match self.connect_any(left) {
            Ok(socket) => Ok(Connection::new(socket)),
            Err(Failure::LookupTimeout | Failure::ConnectTimeout) => Err(Failure::DeadlinePassed),
            Err(failure) => Err(failure),
        }
    }

    /// Connects, and shakes hands within the same time if there is TLS.
    fn connect_any(&self, timeout: Duration) -> Result<Socket, Failure> {
        #[cfg(feature = "tls")]
        if self.upstream.scheme == "https" {
            let start = Instant::now();
            let socket = self.connect_plain(timeout)?;
            let left = timeout.saturating_sub(start.elapsed());
            let socket = self.tls.connect(socket, &self.upstream.host, left);
            return match socket {
                Ok(socket) => Ok(Socket::Tls(Box::new(socket))),
                Err(error) => Err(Failure::of_connecting(error)),
            };
        }
        self.connect_plain(timeout).map(Socket::Plain)
    }

    fn connect_plain(&self, timeout: Duration) -> Result<PlainSocket, Failure> {
        #[cfg(unix)]
        if let Some(path) = &self.unix_socket {
            let socket = crate::unix_socket::connect_unix(path, timeout);
            return socket.map_err(Failure::of_connecting);
        }
        let start = Instant::now();
        let Upstream { host, port, .. } = &self.upstream;
        let addresses = self.lookup.addresses(host, *port, timeout);
        let addresses = addresses.map_err(Failure::Unreachable)?;
        let addresses = addresses.ok_or(Failure::LookupTimeout)?;
        let left = timeout.saturating_sub(start.elapsed());
        PlainSocket::connect_tcp(&addresses, left).map_err(Failure::of_connecting)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, mpsc};

    use super::*;

    #[test]
    fn a_look_up_ends_with_the_time_to_connect_or_the_deadline_of_the_request() {
        let (end, ended) = mpsc::channel::<()>();
        let ended = Mutex::new(ended);
        let mut settings = Settings::new(Upstream::parse("http://slow.example").unwrap());
        settings.lookup = Lookup::with(move |_, _| {
            let _ = ended.lock().unwrap().recv();
            Ok(Vec::new())
        });
        let brief = Duration::from_millis(20);
        let deadline = Some(Instant::now() + brief);
        let failure = settings.connect(deadline).unwrap_err();
        assert!(matches!(failure, Failure::DeadlinePassed), "{failure}");
        let deadline = Some(Instant::now() + settings.connect_timeout);
        settings.connect_timeout = brief;
        let failure = settings.connect(deadline).unwrap_err();
        assert!(matches!(failure, Failure::LookupTimeout), "{failure}");
        drop(end);
    }
}
