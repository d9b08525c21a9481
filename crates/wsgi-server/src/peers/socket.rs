//! The socket of a connection, on TCP or Unix.

#[cfg(not(target_os = "linux"))]
use std::io::Read;
use std::{
    io::{self, IoSlice, Write},
    net::{Shutdown, TcpStream},
    os::{
        fd::{AsFd, BorrowedFd},
        unix::net::UnixStream,
    },
};

use rustix::net::RecvFlags;
#[cfg(target_os = "linux")]
use rustix::net::SendFlags;

/// The names of the variables that a connection can have by its socket (RFC 3875 sections 4.1.8 and
/// 4.1.9).
pub(crate) const SOCKET_NAMES: [&str; 2] = ["REMOTE_ADDR", "REMOTE_PORT"];

/// The socket of a connection, on TCP or Unix. It never blocks.
#[derive(Debug)]
pub(crate) enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// Reading and writing by system calls of their own: those of the C library are points at which a
/// thread can be cancelled, and take longer for that.
#[cfg(target_os = "linux")]
impl Socket {
    pub(crate) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(rustix::io::read(self, buffer)?)
    }

    pub(crate) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::net::send(self, bytes, SendFlags::NOSIGNAL)?)
    }

    /// Writes bytes that others follow at once, so that they share a segment.
    pub(crate) fn write_first(&self, bytes: &[u8]) -> io::Result<usize> {
        let flags = SendFlags::NOSIGNAL | SendFlags::MORE;
        Ok(rustix::net::send(self, bytes, flags)?)
    }
}

#[cfg(not(target_os = "linux"))]
impl Socket {
    pub(crate) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => Read::read(&mut &*stream, buffer),
            Self::Unix(stream) => Read::read(&mut &*stream, buffer),
        }
    }

    pub(crate) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => Write::write(&mut &*stream, bytes),
            Self::Unix(stream) => Write::write(&mut &*stream, bytes),
        }
    }

    pub(crate) fn write_first(&self, bytes: &[u8]) -> io::Result<usize> {
        self.write(bytes)
    }
}

impl Socket {
    /// Reads bytes that the next read returns again.
    pub(crate) fn peek(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let (count, _) = rustix::net::recv(self, buffer, RecvFlags::PEEK)?;
        Ok(count)
    }

    pub(crate) fn write_vectored(&self, bytes: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => Write::write_vectored(&mut &*stream, bytes),
            Self::Unix(stream) => Write::write_vectored(&mut &*stream, bytes),
        }
    }

    pub(crate) fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.shutdown(how),
            Self::Unix(stream) => stream.shutdown(how),
        }
    }

    /// Has the socket send written bytes at once. Responses are written whole, so a wait for full
    /// segments would only delay them.
    pub(crate) fn set_nodelay(&self) {
        if let Self::Tcp(stream) = self {
            let _ = stream.set_nodelay(true);
        }
    }

    /// Whether the peer can tell a reset from a normal end.
    pub(crate) fn knows_resets(&self) -> bool {
        matches!(self, Self::Tcp(_))
    }

    /// Has the connection reset when it is closed. A Unix socket cannot be reset.
    pub(crate) fn reset_on_close(&self) {
        if let Self::Tcp(stream) = self {
            let _ = rustix::net::sockopt::set_socket_linger(stream, Some(Default::default()));
        }
    }

    /// Resets the connection, although others may still use the socket. Only Linux does that, and
    /// only on TCP.
    pub(crate) fn reset_now(&self) -> io::Result<()> {
        match self {
            #[cfg(target_os = "linux")]
            Self::Tcp(stream) => Ok(rustix::net::connect_unspec(stream)?),
            _ => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// The number of written bytes that the peer has not acknowledged, if the system tells. On a
    /// Unix socket, written bytes are already with the peer.
    pub(crate) fn unsent_bytes(&self) -> Option<u64> {
        match self {
            Self::Tcp(stream) => crate::sys::unsent_bytes(stream),
            Self::Unix(_) => Some(0),
        }
    }

    /// Whether the peer has still to read some of the written bytes. That of a Unix socket has as
    /// long as they take memory; over TCP nobody but the peer knows.
    pub(crate) fn has_unread_output(&self) -> bool {
        match self {
            Self::Tcp(_) => false,
            Self::Unix(stream) => crate::sys::unsent_bytes(stream).is_some_and(|unread| unread > 0),
        }
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(stream) => stream.as_fd(),
            Self::Unix(stream) => stream.as_fd(),
        }
    }
}

#[cfg(test)]
impl Socket {
    /// A Unix socket, and that of its peer, which blocks.
    pub(crate) fn pair() -> (Self, UnixStream) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        (Self::Unix(ours), theirs)
    }
}
