//! A socket without TLS.

#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpStream, ToSocketAddrs},
    time::{Duration, Instant},
};

/// The most addresses of a name that are tried.
const MAX_ADDRESSES: usize = 8;

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
    /// Connects to the first address of a host that takes a connection, within a time for all of
    /// them. The system's time for finding the addresses is not bounded.
    pub(crate) fn connect_tcp(host: &str, port: u16, timeout: Duration) -> io::Result<Self> {
        let addresses = (host, port).to_socket_addrs()?;
        let start = Instant::now();
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
        for address in addresses.take(MAX_ADDRESSES) {
            let left = timeout.saturating_sub(start.elapsed());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            match TcpStream::connect_timeout(&address, left) {
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
