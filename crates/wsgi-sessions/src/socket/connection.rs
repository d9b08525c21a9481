//! One connection to the session server.

use std::io::{self, Read, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::Record;
use crate::wire::{Inbox, Message};

/// The longest answer: one with the largest record.
const MOST: usize = Record::MAX_ENCODED + 1024;

pub(super) struct Connection {
    stream: UnixStream,
    inbox: Inbox,
}

/// Where an exchange failed.
pub(super) enum Broken {
    /// The request did not leave whole, so it was not done.
    Asking(io::Error),
    /// The request left, so it may have been done.
    Answering(io::Error),
}

impl Connection {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let stream = UnixStream::connect(path)?;
        Ok(Self {
            stream,
            inbox: Inbox::new(MOST),
        })
    }

    /// Sends a request, and waits for its answer.
    pub(super) fn exchange(
        &mut self,
        request: &[u8],
        timeout: Duration,
    ) -> Result<Message<'_>, Broken> {
        let late = Instant::now() + timeout;
        self.send(request, timeout).map_err(Broken::Asking)?;
        self.receive(late).map_err(Broken::Answering)?;
        match self.inbox.next() {
            Ok(Some(message)) => Ok(message),
            Ok(None) => Err(Broken::Answering(io::ErrorKind::UnexpectedEof.into())),
            Err(malformed) => Err(Broken::Answering(io::Error::other(malformed))),
        }
    }

    fn send(&mut self, request: &[u8], timeout: Duration) -> io::Result<()> {
        self.stream.set_write_timeout(Some(timeout))?;
        self.stream.write_all(request)
    }

    /// Reads until the inbox holds a message, or what is none.
    fn receive(&mut self, late: Instant) -> io::Result<()> {
        let mut bytes = [0; 16 * 1024];
        while !self.inbox.is_ready() {
            let left = late.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.stream.set_read_timeout(Some(left))?;
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
