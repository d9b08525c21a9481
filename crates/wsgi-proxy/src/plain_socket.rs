//! A socket without TLS.

#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    time::{Duration, Instant},
};

/// A socket without TLS, over TCP or of a file.
#[derive(Debug)]
pub(crate) enum PlainSocket {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

/// Calls a method on the socket of any kind.
macro_rules! of_any_kind {
    ($self:ident, $socket:ident => $call:expr) => {
        match $self {
            Self::Tcp($socket) => $call,
            #[cfg(unix)]
            Self::Unix($socket) => $call,
        }
    };
}

impl PlainSocket {
    /// Connects to the first address that takes a connection. Each one has an equal part of the
    /// time that is left, so that a dead one leaves some for the others.
    pub(crate) fn connect_tcp(addresses: &[SocketAddr], timeout: Duration) -> io::Result<Self> {
        let start = Instant::now();
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
        for (tried, address) in addresses.iter().enumerate() {
            let left = timeout.saturating_sub(start.elapsed());
            let part = left / u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX);
            if part.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            match TcpStream::connect_timeout(address, part) {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    return Ok(Self::Tcp(stream));
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    pub(crate) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        of_any_kind!(self, socket => { let mut socket = socket; socket.read(buffer) })
    }

    pub(crate) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        of_any_kind!(self, socket => { let mut socket = socket; socket.write(bytes) })
    }

    pub(crate) fn set_read_timeout(&self, timeout: Duration) -> io::Result<()> {
        of_any_kind!(self, socket => socket.set_read_timeout(Some(timeout)))
    }

    pub(crate) fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        of_any_kind!(self, socket => socket.set_write_timeout(timeout))
    }

    /// Ends both directions, also for other threads.
    pub(crate) fn shut_down(&self) {
        // It fails if the peer has done so.
        let _ = of_any_kind!(self, socket => socket.shutdown(Shutdown::Both));
    }

    pub(crate) fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        of_any_kind!(self, socket => socket.set_nonblocking(nonblocking))
    }
}

/// Whether an error means that nothing is wrong with the connection.
pub(crate) fn is_pause(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), Interrupted | TimedOut | WouldBlock)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::{
        net::{SocketAddr, TcpListener, TcpStream},
        time::Duration,
    };

    use rustix::net::{
        AddressFamily, SocketFlags, SocketType, bind, getsockname, listen, socket_with,
    };

    use super::PlainSocket;

    #[test]
    fn a_dead_address_leaves_time_for_the_next_one() {
        // A socket with a full queue does not answer.
        let flags = SocketFlags::CLOEXEC;
        let dead = socket_with(AddressFamily::INET, SocketType::STREAM, flags, None).unwrap();
        bind(&dead, &SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        listen(&dead, 0).unwrap();
        let address = SocketAddr::try_from(getsockname(&dead).unwrap()).unwrap();
        let brief = Duration::from_millis(200);
        let waiting: Vec<_> =
            std::iter::from_fn(|| TcpStream::connect_timeout(&address, brief).ok())
                .take(100)
                .collect();
        assert!(waiting.len() < 100);
        let open = TcpListener::bind("127.0.0.1:0").unwrap();
        let addresses = [address, open.local_addr().unwrap()];
        let found = PlainSocket::connect_tcp(&addresses, Duration::from_secs(4));
        let Ok(PlainSocket::Tcp(stream)) = found else {
            panic!("{found:?}");
        };
        assert_eq!(stream.peer_addr().unwrap(), addresses[1]);
        assert!(PlainSocket::connect_tcp(&addresses[..1], brief).is_err());
    }
}
