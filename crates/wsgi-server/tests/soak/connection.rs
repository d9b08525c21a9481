//! A client's connection, by TLS or without.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
};

use rustls::{ClientConnection, StreamOwned, pki_types::ServerName};

use crate::{server::Site, support::PATIENCE};

/// A stream that can be reset.
pub(crate) trait Stream: Read + Write + Send {
    fn socket(&self) -> &TcpStream;
}

impl Stream for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}

impl Stream for StreamOwned<ClientConnection, TcpStream> {
    fn socket(&self) -> &TcpStream {
        self.get_ref()
    }
}

/// A connection, and what was received of the next response.
pub(crate) struct Connection {
    pub(crate) stream: Box<dyn Stream>,
    received: Vec<u8>,
}

impl Connection {
    pub(crate) fn plain(site: &Site) -> io::Result<Self> {
        Ok(Self::of(Box::new(connect(site.plain)?)))
    }

    /// A connection by TLS. The handshake comes with the first request.
    pub(crate) fn encrypted(site: &Site) -> io::Result<Self> {
        let name = ServerName::try_from("localhost").unwrap();
        let connection = ClientConnection::new(site.tls.clone(), name).unwrap();
        let stream = StreamOwned::new(connection, connect(site.encrypted)?);
        Ok(Self::of(Box::new(stream)))
    }

    fn of(stream: Box<dyn Stream>) -> Self {
        Self {
            stream,
            received: Vec::new(),
        }
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.write_all(bytes.as_ref())?;
        self.stream.flush()
    }

    /// Sends a request and returns the body of the response.
    pub(crate) fn ask(&mut self, request: impl AsRef<[u8]>) -> io::Result<Vec<u8>> {
        self.send(request)?;
        self.response()
    }

    /// The body of the next response.
    pub(crate) fn response(&mut self) -> io::Result<Vec<u8>> {
        let end = self.take_until(b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&end).to_ascii_lowercase();
        if !head.starts_with("http/1.1 200 ") {
            return Err(io::Error::other(head));
        }
        if let Some((_, rest)) = head.split_once("content-length: ") {
            let digits = rest.lines().next().unwrap_or_default();
            let length = digits.parse().map_err(io::Error::other)?;
            return self.take(length);
        }
        let mut body = Vec::new();
        loop {
            let line = self.take_until(b"\r\n")?;
            let line = String::from_utf8_lossy(&line);
            let size = usize::from_str_radix(line.trim_end(), 16).map_err(io::Error::other)?;
            body.extend(self.take(size)?);
            if self.take(2)? != b"\r\n" {
                return Err(io::Error::other("a chunk without its end"));
            }
            if size == 0 {
                return Ok(body);
            }
        }
    }

    fn take_until(&mut self, end: &[u8]) -> io::Result<Vec<u8>> {
        let mut from = 0;
        loop {
            let mut windows = self.received[from..].windows(end.len());
            if let Some(at) = windows.position(|window| window == end) {
                return self.take(from + at + end.len());
            }
            from = self.received.len().saturating_sub(end.len() - 1);
            self.receive()?;
        }
    }

    fn take(&mut self, length: usize) -> io::Result<Vec<u8>> {
        while self.received.len() < length {
            self.receive()?;
        }
        Ok(self.received.drain(..length).collect())
    }

    pub(crate) fn receive(&mut self) -> io::Result<()> {
        let mut buffer = [0; 64 * 1024];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => {
                    self.received.extend_from_slice(&buffer[..result?]);
                    return Ok(());
                }
            }
        }
    }
}

pub(crate) fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpStream::connect(address)?;
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_write_timeout(Some(PATIENCE))?;
    Ok(socket)
}
