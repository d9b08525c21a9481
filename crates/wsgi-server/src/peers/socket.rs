//! A client's socket, of either kind.

use std::{
    io::{self, IoSlice, Read, Write},
    net::Shutdown,
    os::fd::{AsFd, BorrowedFd},
};

use mio::{
    Interest, Registry, Token,
    event::Source,
    net::{TcpStream, UnixStream},
};

/// A client's socket, on TCP or Unix. It never blocks.
#[derive(Debug)]
pub(crate) enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Socket {
    pub(crate) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Socket::Tcp(stream) => Read::read(&mut &*stream, buffer),
            Socket::Unix(stream) => Read::read(&mut &*stream, buffer),
        }
    }

    pub(crate) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Socket::Tcp(stream) => Write::write(&mut &*stream, bytes),
            Socket::Unix(stream) => Write::write(&mut &*stream, bytes),
        }
    }

    pub(crate) fn write_vectored(&self, bytes: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Socket::Tcp(stream) => Write::write_vectored(&mut &*stream, bytes),
            Socket::Unix(stream) => Write::write_vectored(&mut &*stream, bytes),
        }
    }

    pub(crate) fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        match self {
            Socket::Tcp(stream) => stream.shutdown(how),
            Socket::Unix(stream) => stream.shutdown(how),
        }
    }

    /// Has it send what is written at once: responses leave whole, so that
    /// waiting to fill segments would only delay them.
    pub(crate) fn set_nodelay(&self) {
        if let Socket::Tcp(stream) = self {
            let _ = stream.set_nodelay(true);
        }
    }

    /// Whether its end can be told from a failure.
    pub(crate) fn knows_resets(&self) -> bool {
        matches!(self, Socket::Tcp(_))
    }

    /// Has its end, once it is closed, look to the peer like a failure. A Unix
    /// socket knows no such end.
    pub(crate) fn reset_on_close(&self) {
        if let Socket::Tcp(stream) = self {
            let _ = rustix::net::sockopt::set_socket_linger(stream, Some(Default::default()));
        }
    }

    /// How many of the bytes it took the peer has not acknowledged, if the system
    /// tells. What is in a Unix socket is the peer's already.
    pub(crate) fn unsent_bytes(&self) -> Option<u64> {
        match self {
            Socket::Tcp(stream) => crate::sys::unsent_bytes(stream),
            Socket::Unix(_) => Some(0),
        }
    }

    pub(crate) fn register(
        &mut self,
        registry: &Registry,
        token: Token,
        interest: Interest,
    ) -> io::Result<()> {
        match self {
            Socket::Tcp(stream) => stream.register(registry, token, interest),
            Socket::Unix(stream) => stream.register(registry, token, interest),
        }
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Socket::Tcp(stream) => stream.as_fd(),
            Socket::Unix(stream) => stream.as_fd(),
        }
    }
}
