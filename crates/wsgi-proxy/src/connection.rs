//! A connection to the upstream server.

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{plain_socket::is_pause, socket::Socket};

/// The bytes that are read at once.
pub(crate) const BLOCK: usize = 16 * 1024;

/// A connection, which is closed when it is dropped, also for a thread that still writes to it.
#[derive(Debug)]
pub(crate) struct Connection {
    socket: Arc<Socket>,
    /// The bytes that have come and were not used.
    received: Vec<u8>,
    read_timeout: Option<Duration>,
}

impl Connection {
    pub(crate) fn new(socket: Socket) -> Self {
        Self {
            socket: Arc::new(socket),
            received: Vec::new(),
            read_timeout: None,
        }
    }

    /// The socket, for a thread that writes.
    pub(crate) fn socket(&self) -> &Arc<Socket> {
        &self.socket
    }

    /// The bytes that have come and were not used.
    pub(crate) fn received(&self) -> &[u8] {
        &self.received
    }

    /// Takes away the first bytes of those that have come.
    pub(crate) fn consume(&mut self, length: usize) {
        self.received.drain(..length);
    }

    /// Whether another request can be sent: nothing of the last one is left, and the server has not
    /// closed the connection.
    pub(crate) fn is_quiet(&self) -> bool {
        self.received.is_empty() && self.socket.is_quiet()
    }

    /// Writes the bytes that the system takes at once. `None` if these are all of them; otherwise
    /// the number of those that were taken, which may have to be [flushed](Socket::flush).
    pub(crate) fn write_at_once(&self, bytes: &[u8]) -> io::Result<Option<usize>> {
        self.socket.set_nonblocking(true)?;
        let written = self.write_without_waiting(bytes);
        self.socket.set_nonblocking(false)?;
        written
    }

    fn write_without_waiting(&self, bytes: &[u8]) -> io::Result<Option<usize>> {
        let mut taken = 0;
        let result = loop {
            match self.socket.write(&bytes[taken..]) {
                Ok(0) => break Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => taken += written,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
            if taken == bytes.len() {
                break self.socket.flush();
            }
        };
        match result {
            Ok(()) => Ok(None),
            Err(error) if is_pause(&error) => Ok(Some(taken)),
            Err(error) => Err(error),
        }
    }

    /// Writes all bytes within a time.
    pub(crate) fn write_within(&self, mut bytes: &[u8], timeout: Duration) -> io::Result<()> {
        let start = Instant::now();
        let mut is_flushed = false;
        while !bytes.is_empty() || !is_flushed {
            let left = timeout.saturating_sub(start.elapsed());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.socket.set_write_timeout(Some(left))?;
            let written = match bytes {
                [] => self.socket.flush().map(|()| is_flushed = true),
                _ => self.socket.write(bytes).and_then(|written| match written {
                    0 => Err(io::ErrorKind::WriteZero.into()),
                    _ => {
                        bytes = &bytes[written..];
                        Ok(())
                    }
                }),
            };
            match written {
                Ok(()) => {}
                Err(error) if is_pause(&error) => {}
                Err(error) => return Err(error),
            }
        }
        self.socket.set_write_timeout(None)
    }

    /// Reads a block to what has come, and returns its length, which is zero at the end. `None` if
    /// nothing has come within a time.
    pub(crate) fn read_within(&mut self, timeout: Duration) -> io::Result<Option<usize>> {
        if self.read_timeout != Some(timeout) {
            self.socket.set_read_timeout(timeout)?;
            self.read_timeout = Some(timeout);
        }
        let before = self.received.len();
        self.received.resize(before + BLOCK, 0);
        let read = self.socket.read(&mut self.received[before..]);
        let length = *read.as_ref().unwrap_or(&0);
        self.received.truncate(before + length);
        match read {
            Ok(read) => Ok(Some(read)),
            Err(error) if is_pause(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.socket.shut_down();
    }
}
