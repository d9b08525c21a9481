//! One connection to the session server.

use std::io::{self, Read, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::stores::dial::dial;
use crate::stores::pool::{Broken, Server};
use crate::stores::wait::PIECE;
use crate::wire::{Inbox, Message};
use crate::{Record, StoreError};

/// The longest answer: one with the largest record.
const MOST: usize = Record::MAX_ENCODED + 1024;

/// Where the session server listens.
pub(super) struct Address(pub(super) PathBuf);

pub(super) struct Connection {
    stream: UnixStream,
    inbox: Inbox,
    answer_timeout: Duration,
}

impl Server for Address {
    type Connection = Connection;

    fn connect(&self, late: Instant, answer_timeout: Duration) -> Result<Connection, Broken> {
        let left = late.saturating_duration_since(Instant::now());
        match dial(&self.0, left) {
            Ok(stream) => Ok(Connection {
                stream,
                inbox: Inbox::new(MOST),
                answer_timeout,
            }),
            Err(error) => Err(Broken {
                may_recover: is_absent(&error),
                may_be_done: false,
                cause: unreachable(&self.0, &error),
            }),
        }
    }
}

impl Connection {
    /// Sends a request, and waits for its answer.
    pub(super) fn exchange(&mut self, request: &[u8]) -> Result<Message<'_>, Broken> {
        let late = Instant::now() + self.answer_timeout;
        let sent = self.send(request, late);
        match &sent {
            Ok(()) => self.receive(late).map_err(|error| broken(error, true))?,
            // A server that takes no more clients says so, and closes before it reads.
            Err(error) if is_severed(error) => drop(self.receive(late)),
            Err(_) => {}
        }
        match (self.inbox.next(), sent) {
            (Ok(Some(message)), Ok(())) => Ok(message),
            (Ok(Some(message)), Err(_)) if message.strings()[0] == b"ERROR" => Ok(message),
            (_, Err(error)) => Err(broken(error, false)),
            (Ok(None), Ok(())) => Err(broken(io::ErrorKind::UnexpectedEof.into(), true)),
            (Err(malformed), Ok(())) => Err(broken(io::Error::other(malformed), true)),
        }
    }

    fn send(&mut self, mut request: &[u8], late: Instant) -> io::Result<()> {
        while !request.is_empty() {
            self.stream.set_write_timeout(Some(left(late)?))?;
            match self.stream.write(&request[..request.len().min(PIECE)]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => request = &request[count..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Reads until the inbox holds a message, or what is none.
    fn receive(&mut self, late: Instant) -> io::Result<()> {
        let mut bytes = [0; 16 * 1024];
        while !self.inbox.is_ready() {
            self.stream.set_read_timeout(Some(left(late)?))?;
            match self.stream.read(&mut bytes) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => self.inbox.receive(&bytes[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn left(late: Instant) -> io::Result<Duration> {
    let left = late.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(io::ErrorKind::TimedOut.into());
    }
    Ok(left)
}

fn broken(error: io::Error, may_be_done: bool) -> Broken {
    Broken {
        may_recover: is_severed(&error),
        may_be_done,
        cause: StoreError::unavailable(error),
    }
}

fn unreachable(path: &Path, error: &io::Error) -> StoreError {
    let path = path.display();
    StoreError::unavailable(match error.kind() {
        io::ErrorKind::WouldBlock => {
            format!("the session server at {path} accepts no connections")
        }
        _ => format!("no session server at {path}: {error}"),
    })
}

/// Whether the server may come back: nobody listens, or has no room, or the socket is not there yet.
fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::WouldBlock
            | io::ErrorKind::Interrupted
    )
}

/// Whether the server closed the connection, as it does when it ends. macOS then calls timeouts
/// invalid, which ours, being none of zero, are at no other time.
fn is_severed(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::NotConnected
            | io::ErrorKind::UnexpectedEof
            | io::ErrorKind::InvalidInput
    )
}
