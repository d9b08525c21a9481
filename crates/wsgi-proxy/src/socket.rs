//! The socket of a connection to the upstream server.

use std::{io, time::Duration};

use crate::plain_socket::PlainSocket;
#[cfg(feature = "tls")]
use crate::tls_socket::TlsSocket;

/// A socket. Several threads may use it at once: one reads, and another writes.
#[derive(Debug)]
pub(crate) enum Socket {
    Plain(PlainSocket),
    #[cfg(feature = "tls")]
    Tls(Box<TlsSocket>),
}

impl Socket {
    pub(crate) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buffer),
            #[cfg(feature = "tls")]
            Self::Tls(socket) => socket.read(buffer),
        }
    }

    /// Takes some bytes, and sends them by the next [`flush`](Self::flush).
    pub(crate) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            #[cfg(feature = "tls")]
            Self::Tls(socket) => socket.write(bytes),
        }
    }

    pub(crate) fn flush(&self) -> io::Result<()> {
        match self {
            Self::Plain(_) => Ok(()),
            #[cfg(feature = "tls")]
            Self::Tls(socket) => socket.flush(),
        }
    }

    /// Writes all bytes, however long it takes.
    pub(crate) fn write_all(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.write(bytes) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => bytes = &bytes[written..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.flush()
    }

    pub(crate) fn set_read_timeout(&self, timeout: Duration) -> io::Result<()> {
        self.plain().set_read_timeout(timeout)
    }

    pub(crate) fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.plain().set_write_timeout(timeout)
    }

    pub(crate) fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        self.plain().set_nonblocking(nonblocking)
    }

    /// Ends both directions, also for other threads.
    pub(crate) fn shut_down(&self) {
        self.plain().shut_down();
    }

    /// Whether the connection is open, and nothing has come that nobody has asked for.
    pub(crate) fn is_quiet(&self) -> bool {
        let look = || {
            self.set_nonblocking(true)?;
            let read = self.read(&mut [0]);
            self.set_nonblocking(false)?;
            read
        };
        look().is_err_and(|error: io::Error| error.kind() == io::ErrorKind::WouldBlock)
    }

    fn plain(&self) -> &PlainSocket {
        match self {
            Self::Plain(socket) => socket,
            #[cfg(feature = "tls")]
            Self::Tls(socket) => socket.socket(),
        }
    }
}
