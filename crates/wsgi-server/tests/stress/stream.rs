//! A connection to the server, in clear or by TLS.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpStream},
    time::Duration,
};

#[cfg(feature = "tls")]
use crate::tunnel::Tunnel;

/// A connection to the server, in clear or by TLS.
pub(crate) enum Stream {
    Clear(TcpStream),
    #[cfg(feature = "tls")]
    Tls(Tunnel),
}

impl Stream {
    pub(crate) fn new(socket: TcpStream, by_tls: bool) -> io::Result<Self> {
        #[cfg(feature = "tls")]
        if by_tls {
            return Ok(Self::Tls(Tunnel::new(socket)?));
        }
        assert!(!by_tls, "the feature is off");
        Ok(Self::Clear(socket))
    }

    fn socket(&self) -> &TcpStream {
        match self {
            Self::Clear(socket) => socket,
            #[cfg(feature = "tls")]
            Self::Tls(tunnel) => &tunnel.socket,
        }
    }

    /// A second handle of the connection, which can send while this one receives.
    pub(crate) fn twin(&self) -> io::Result<Self> {
        Ok(match self {
            Self::Clear(socket) => Self::Clear(socket.try_clone()?),
            #[cfg(feature = "tls")]
            Self::Tls(tunnel) => Self::Tls(tunnel.clone()),
        })
    }

    /// Ends the client's side.
    pub(crate) fn finish(&self) {
        let _ = self.socket().shutdown(Shutdown::Write);
    }

    /// Has the connection reset when it is closed.
    pub(crate) fn reset(&self) {
        let _ = rustix::net::sockopt::set_socket_linger(self.socket(), Some(Duration::ZERO));
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Clear(socket) => socket.read(buffer),
            #[cfg(feature = "tls")]
            Self::Tls(tunnel) => tunnel.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Clear(socket) => socket.write(bytes),
            #[cfg(feature = "tls")]
            Self::Tls(tunnel) => tunnel.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
