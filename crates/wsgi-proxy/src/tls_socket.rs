//! A socket with TLS.
//!
//! One thread may read while another one writes. Neither holds the session while it waits for the
//! socket. What was encrypted is sent in its order, under a lock of its own.

use std::{
    fmt,
    io::{self, Read, Write},
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use rustls::ClientConnection;

use crate::plain_socket::{PlainSocket, is_pause};

/// The bytes that are read at once: a record and its header.
const BLOCK: usize = 17 * 1024;

/// A socket with TLS.
pub(crate) struct TlsSocket {
    socket: PlainSocket,
    session: Mutex<Session>,
    /// The bytes that were encrypted and not sent. It is locked before the session.
    unsent: Mutex<Vec<u8>>,
}

struct Session {
    tls: ClientConnection,
    /// The bytes that have come, and were not decrypted from a position on.
    received: Vec<u8>,
    at: usize,
}

impl TlsSocket {
    /// Shakes hands within a time.
    pub(crate) fn shake_hands(
        socket: PlainSocket,
        mut tls: ClientConnection,
        timeout: Duration,
    ) -> io::Result<Self> {
        let start = Instant::now();
        while tls.is_handshaking() || tls.wants_write() {
            let left = timeout.saturating_sub(start.elapsed());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            socket.set_read_timeout(left)?;
            socket.set_write_timeout(Some(left))?;
            let done = match tls.wants_write() {
                true => tls.write_tls(&mut Plain(&socket)),
                false => tls.read_tls(&mut Plain(&socket)),
            };
            match done {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) => {}
                Err(error) if is_pause(&error) => {}
                Err(error) => return Err(error),
            }
            tls.process_new_packets().map_err(invalid)?;
        }
        socket.set_write_timeout(None)?;
        Ok(Self {
            socket,
            session: Mutex::new(Session {
                tls,
                received: Vec::new(),
                at: 0,
            }),
            unsent: Mutex::default(),
        })
    }

    /// The socket below.
    pub(crate) fn socket(&self) -> &PlainSocket {
        &self.socket
    }

    /// Reads what was decrypted. A connection that ends without a word of its end is an error,
    /// since anybody on the way may have cut it (RFC 8446 section 6.1).
    ///
    /// It reads from the socket once. If that brings no data of the peer, nothing is there yet, so
    /// that a peer with much to say of TLS itself cannot hold the caller.
    pub(crate) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut has_read = false;
        loop {
            let mut session = self.session();
            match session.tls.reader().read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return read,
            }
            if session.decrypt()? {
                continue;
            }
            if has_read {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let mut block = mem::take(&mut session.received);
            drop(session);
            block.resize(BLOCK, 0);
            let read = self.socket.read(&mut block);
            block.truncate(*read.as_ref().unwrap_or(&0));
            let mut session = self.session();
            session.received = block;
            session.at = 0;
            if read? == 0 {
                session.end()?;
            }
            has_read = true;
        }
    }

    /// Encrypts bytes and sends them, or a part of them. What was encrypted may be sent later, with
    /// the next bytes or by [`flush`](Self::flush). So is what the session itself has to answer,
    /// such as a new key (RFC 8446 section 4.6.3).
    pub(crate) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut unsent = self.unsent();
        self.send(&mut unsent)?;
        let mut session = self.session();
        let taken = session.tls.writer().write(bytes)?;
        session.encrypted(&mut unsent)?;
        drop(session);
        match self.send(&mut unsent) {
            Err(error) if !is_pause(&error) => Err(error),
            _ => Ok(taken),
        }
    }

    /// Sends what was encrypted.
    pub(crate) fn flush(&self) -> io::Result<()> {
        self.send(&mut self.unsent())
    }

    fn send(&self, unsent: &mut Vec<u8>) -> io::Result<()> {
        while !unsent.is_empty() {
            match self.socket.write(unsent) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(sent) => drop(unsent.drain(..sent)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unsent(&self) -> MutexGuard<'_, Vec<u8>> {
        self.unsent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    /// Decrypts some of what has come. `false` if all of it was.
    fn decrypt(&mut self) -> io::Result<bool> {
        let mut rest = &self.received[self.at..];
        if rest.is_empty() {
            return Ok(false);
        }
        let read = self.tls.read_tls(&mut rest)?;
        self.at += read;
        self.tls.process_new_packets().map_err(invalid)?;
        Ok(read > 0)
    }

    /// Notes the end of the connection.
    fn end(&mut self) -> io::Result<()> {
        self.tls.read_tls(&mut io::empty())?;
        self.tls.process_new_packets().map_err(invalid)?;
        Ok(())
    }

    fn encrypted(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        while self.tls.wants_write() {
            self.tls.write_tls(out)?;
        }
        Ok(())
    }
}

fn invalid(error: rustls::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

/// A socket as the reader and writer of a handshake.
struct Plain<'a>(&'a PlainSocket);

impl Read for Plain<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Plain<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for TlsSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsSocket")
            .field("socket", &self.socket)
            .finish_non_exhaustive()
    }
}
