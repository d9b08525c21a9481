//! A response that the client has not taken yet.

use std::{
    io::{self, IoSlice, Read},
    time::Instant,
};

use wsgi_environ::{Environ, Outcome};
use wsgi_gateway::Rest;

use crate::{
    connections::next::Next,
    connections::patience::Patience,
    connections::peer::Peer,
    options::{READ_SIZE, SEND_TURN},
};

/// Bytes and the rest of a body on their way out, and what comes after them.
/// The loop sends them as the socket takes them; no thread waits.
#[derive(Debug)]
pub(crate) struct Outgoing {
    bytes: Vec<u8>,
    start: usize,
    rest: Rest,
    rest_start: usize,
    pub(crate) next: Next,
    /// What is to run when the last byte is out.
    pub(crate) finishing: Option<Box<Finishing>>,
    pub(crate) patience: Patience,
    /// Since when the client is waited for.
    pub(crate) since: Instant,
}

/// A request whose hooks wait for the end of its response.
#[derive(Debug)]
pub(crate) struct Finishing {
    pub(crate) environ: Environ,
    /// Where the response starts, in all that the connection sent.
    pub(crate) position: u64,
    pub(crate) since: Instant,
    pub(crate) complete: bool,
}

impl Finishing {
    /// What the hooks are told; `sent` says whether all bytes went out.
    pub(crate) fn outcome(&self, peer: &Peer, sent: bool) -> Outcome {
        let complete = self.complete && sent;
        let position = if complete {
            peer.position()
        } else {
            peer.acknowledged()
        };
        Outcome::new(
            position.saturating_sub(self.position),
            complete,
            self.since.elapsed(),
        )
    }
}

/// How far sending came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    All,
    /// As much as one turn has room for.
    Some,
    /// As much as the client takes now.
    Blocked,
}

impl Outgoing {
    pub(crate) fn new(
        (bytes, start): (Vec<u8>, usize),
        rest: Rest,
        next: Next,
        patience: Patience,
        since: Instant,
    ) -> Self {
        Outgoing {
            bytes,
            start,
            rest,
            rest_start: 0,
            next,
            finishing: None,
            patience,
            since,
        }
    }

    /// Sends what the client takes now. An error means that it takes no more,
    /// or that a file ended before its time.
    pub(crate) fn send(&mut self, peer: &Peer, now: Instant) -> io::Result<Sent> {
        let mut sent = 0;
        while sent < SEND_TURN {
            match self.send_some(peer) {
                Ok(0) if self.is_empty() => return Ok(Sent::All),
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => {
                    sent += count;
                    self.patience
                        .note(now.saturating_duration_since(self.since), count);
                    self.since = now;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Ok(Sent::Blocked);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(if self.is_empty() {
            Sent::All
        } else {
            Sent::Some
        })
    }

    /// The memory of what was sent, to be used again; what is next; and the
    /// hooks that wait.
    pub(crate) fn into_parts(self) -> (Vec<u8>, Next, Option<Box<Finishing>>) {
        let mut bytes = self.bytes;
        bytes.clear();
        (bytes, self.next, self.finishing)
    }

    fn is_empty(&self) -> bool {
        self.start == self.bytes.len() && matches!(self.rest, Rest::Nothing)
    }

    fn send_some(&mut self, peer: &Peer) -> io::Result<usize> {
        let first = &self.bytes[self.start..];
        match &mut self.rest {
            Rest::Nothing if first.is_empty() => Ok(0),
            Rest::Bytes(bytes) => {
                let second = &bytes[self.rest_start..];
                let count = peer.write_vectored(&[IoSlice::new(first), IoSlice::new(second)])?;
                let of_first = count.min(first.len());
                self.start += of_first;
                self.rest_start += count - of_first;
                if self.rest_start == bytes.len() {
                    self.rest = Rest::Nothing;
                }
                Ok(count)
            }
            Rest::File(file, left) if first.is_empty() => {
                let count = match file.as_file() {
                    Some(file) => peer.send_file(file, *left),
                    None => Err(io::ErrorKind::Unsupported.into()),
                };
                match count {
                    Ok(count) => {
                        *left -= count as u64;
                        if *left == 0 {
                            self.rest = Rest::Nothing;
                        }
                        Ok(count)
                    }
                    // The kernel cannot send from this kind of file: through memory, then.
                    Err(error) if is_unsupported(&error) => {
                        self.bytes.clear();
                        self.start = 0;
                        let wanted = usize::try_from(*left)
                            .unwrap_or(usize::MAX)
                            .min(4 * READ_SIZE);
                        self.bytes.resize(wanted, 0);
                        let length = file.read(&mut self.bytes)?;
                        self.bytes.truncate(length);
                        *left -= length as u64;
                        if *left == 0 {
                            self.rest = Rest::Nothing;
                        }
                        if length == 0 {
                            Ok(0)
                        } else {
                            self.send_some(peer)
                        }
                    }
                    Err(error) => Err(error),
                }
            }
            _ => {
                let count = peer.write(first)?;
                self.start += count;
                Ok(count)
            }
        }
    }
}

fn is_unsupported(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Unsupported
        || [rustix::io::Errno::INVAL, rustix::io::Errno::NOSYS]
            .iter()
            .any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}
