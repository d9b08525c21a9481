//! A response that the client has yet to take.

use std::{
    io::{self, Read},
    time::Duration,
};

use rustix::io::Errno;
use wsgi_environ::End;
use wsgi_gateway::Rest;

use crate::{
    connections::{answer::Answer, next::Next},
    counting::measures::Measures,
    instant::Instant,
    loops::notice::Cause,
    options::{Options, READ_SIZE},
    peers::{patience::Patience, peer::Peer},
    responses::ending::Ending,
};

/// An [`Answer`] that its client is slow to take, with the bytes that go before its tail. The loop
/// sends them as the socket takes them; no thread waits.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(super) bytes: Vec<u8>,
    pub(super) start: usize,
    pub(crate) answer: Answer,
    /// The requests with hooks among those that are answered.
    pub(super) endings: Vec<Ending>,
    /// The requests whose durations are measured.
    pub(crate) measures: Measures,
    pub(super) patience: Patience,
    /// Since when the client is waited for.
    pub(super) since: Instant,
    /// Whether something else than the client is waited for: the next piece of a live body, or a
    /// thread.
    pub(super) is_idle: bool,
}

/// The progress of sending an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    All,
    /// As far as a turn goes.
    Some,
    /// As far as the client takes it now.
    Blocked,
    /// Everything that has come of a live body.
    Dry,
}

/// The reason why no more is sent.
enum Stop {
    /// The client takes no more now.
    Blocked,
    /// The response broke off.
    Broken(End),
}

/// An error of the peer's socket.
impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::WouldBlock => Self::Blocked,
            _ => Self::Broken(End::Disconnected),
        }
    }
}

impl Outgoing {
    /// The answer that follows `bytes`, of which those before `start` are sent.
    pub(crate) fn new(
        bytes: Vec<u8>,
        start: usize,
        answer: Answer,
        endings: Vec<Ending>,
        patience: Patience,
        since: Instant,
    ) -> Self {
        Outgoing {
            bytes,
            start,
            answer,
            endings,
            measures: Measures::default(),
            patience,
            since,
            is_idle: false,
        }
    }

    /// Nothing but what TLS adds to bytes that were sent, before `next`.
    pub(crate) fn of_channel(next: Next, options: &Options, since: Instant) -> Self {
        let (answer, patience) = (Answer::whole(next), Patience::with_write(options));
        Self::new(Vec::new(), 0, answer, Vec::new(), patience, since)
    }

    /// Until when the client may take its time. `None` if it is not waited for.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self.is_idle {
            true => self.patience.end(),
            false => Some(self.patience.deadline(self.since)),
        }
    }

    /// Whether the next bytes are on a disk that may hang.
    pub(crate) fn may_hang(&self) -> bool {
        self.answer.tail.as_ref().is_some_and(|tail| tail.may_hang)
    }

    /// The part of the body that broke the response off, if the client did not.
    pub(crate) fn cause(&self) -> Option<Cause> {
        match self.answer.tail.as_ref()?.rest {
            Rest::File(..) => Some(Cause::File),
            Rest::Bytes(_) => Some(Cause::Owner),
            _ => None,
        }
    }

    /// Sends as much as the client takes now, up to about this number of bytes.
    ///
    /// # Errors
    ///
    /// The client takes no more, a file ended before its length, or the owner of a chunk did not
    /// return its bytes. The error is the end of the response.
    pub(crate) fn send(&mut self, peer: &Peer, now: Instant, most: usize) -> Result<Sent, End> {
        let mut sent = 0;
        while sent < most {
            match self.send_some(peer) {
                Ok(0) if self.has_sent_all() => {
                    return Ok(match peer.flush().map_err(|_| End::Disconnected)? {
                        false => Sent::Blocked,
                        true if self.is_empty() => Sent::All,
                        true => Sent::Dry,
                    });
                }
                Ok(0) => return Err(End::Failed),
                Ok(count) => {
                    sent += count;
                    self.patience
                        .note(now.saturating_duration_since(self.since), count);
                    self.since = now;
                }
                Err(Stop::Blocked) => return Ok(Sent::Blocked),
                Err(Stop::Broken(end)) => return Err(end),
            }
        }
        Ok(if self.is_empty() {
            Sent::All
        } else {
            Sent::Some
        })
    }

    /// Gives the client the time back that a disk has taken.
    pub(crate) fn excuse(&mut self, time: Duration) {
        self.since += time;
    }

    /// Ends the wait for the client, which is gone, also if the time of the response is limited.
    pub(crate) fn lift_deadline(&mut self) {
        self.patience.until(None);
    }

    /// Takes out the first requests with hooks whose responses are sent, while later ones are not.
    pub(crate) fn take_sent(&mut self) -> impl Iterator<Item = Ending> {
        let is_waiting = |ending: &Ending| !ending.is_sent();
        let sent = self.endings.iter().position(is_waiting);
        self.endings.drain(..sent.unwrap_or(self.endings.len()))
    }

    /// Puts requests back whose hooks could not run.
    pub(crate) fn put_back(&mut self, mut endings: Vec<Ending>) {
        endings.append(&mut self.endings);
        self.endings = endings;
    }

    /// The memory of the bytes, to be used again, what follows the response, and the requests with
    /// hooks. What was not sent is dropped, so that hooks find its file closed.
    pub(crate) fn into_parts(mut self) -> (Vec<u8>, Next, Vec<Ending>) {
        drop(self.end_live());
        let mut bytes = self.bytes;
        bytes.clear();
        (bytes, self.answer.next, self.endings)
    }

    fn is_empty(&self) -> bool {
        self.start == self.bytes.len() && self.answer.tail.is_none()
    }

    /// Whether nothing is there to be sent now.
    fn has_sent_all(&self) -> bool {
        let tail = self.answer.tail.as_ref();
        self.start == self.bytes.len() && tail.is_none_or(|tail| tail.is_dry())
    }

    fn send_some(&mut self, peer: &Peer) -> Result<usize, Stop> {
        if self.start == self.bytes.len() {
            self.bytes.clear();
            self.start = 0;
        }
        let Some(tail) = self.answer.tail.as_mut().filter(|tail| !tail.is_dry()) else {
            return self.send_bytes(peer);
        };
        let room = tail.room(&mut self.bytes);
        let first = &self.bytes[self.start..];
        let (count, of_rest) = match &mut tail.rest {
            Rest::Bytes(_) => {
                let [second, third] = tail.next_bytes(room);
                let count = peer.write_vectored([first, second, third])?;
                let of_second = count.saturating_sub(first.len()).min(second.len());
                // The trailer's bytes are among the first ones from here on.
                self.start += count - of_second;
                (count, of_second)
            }
            Rest::File(file, left) if first.is_empty() => {
                let most = (*left).min(room as u64);
                let sent = match file.as_file() {
                    Some(file) => peer.send_file(file, most),
                    None => Err(io::ErrorKind::Unsupported.into()),
                };
                match sent {
                    Ok(count) => (count, count),
                    // The kernel cannot send from this kind of file.
                    Err(error) if is_unsupported(&error) => {
                        let wanted = usize::try_from(most).unwrap_or(usize::MAX);
                        self.bytes.resize(wanted.min(4 * READ_SIZE), 0);
                        let read = file.read(&mut self.bytes);
                        let length = read.map_err(|_| Stop::Broken(End::Failed))?;
                        self.bytes.truncate(length);
                        if tail.note(length, &mut self.bytes) {
                            self.answer.tail = None;
                        }
                        return self.send_bytes(peer);
                    }
                    Err(error) => {
                        // A file may fail in any way. Most of the socket's errors leave it cut, but
                        // not that of a client which has only ended its reading.
                        let is_socket = is(&error, Errno::PIPE) || is(&error, Errno::CONNRESET);
                        return Err(match error.into() {
                            Stop::Broken(_) if !is_socket && !peer.is_cut() => {
                                Stop::Broken(End::Failed)
                            }
                            stop => stop,
                        });
                    }
                }
            }
            Rest::File(..) => {
                let count = peer.write_first(first)?;
                self.start += count;
                return Ok(count);
            }
            _ => return self.send_bytes(peer),
        };
        if tail.note(of_rest, &mut self.bytes) {
            self.answer.tail = None;
        }
        Ok(count)
    }

    /// Sends of the bytes that go before the tail. Returns 0 if none are left.
    fn send_bytes(&mut self, peer: &Peer) -> Result<usize, Stop> {
        let bytes = &self.bytes[self.start..];
        if bytes.is_empty() {
            return Ok(0);
        }
        let count = peer.write(bytes)?;
        self.start += count;
        Ok(count)
    }
}

fn is_unsupported(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Unsupported || is(error, Errno::INVAL) || is(error, Errno::NOSYS)
}

fn is(error: &io::Error, errno: Errno) -> bool {
    error.raw_os_error() == Some(errno.raw_os_error())
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;

    use wsgi_application::FileWrapper;

    use super::*;
    use crate::{peers::socket::Socket, responses::tail::Tail};

    /// The end of a response whose file cannot be read.
    fn end_of_an_unreadable_file(is_client_there: bool) -> End {
        let (socket, client) = Socket::pair();
        let peer = Peer::new(socket, None, None);
        let path = std::env::temp_dir().join(format!("unreadable-{}", std::process::id()));
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(true).open(&path);
        std::fs::remove_file(&path).unwrap();
        let file = Box::new(FileWrapper::from_file(file.unwrap()));
        let answer = Answer {
            tail: Tail::of(Rest::File(file, 9)),
            next: Next::Request,
        };
        let now = Instant::now();
        let patience = Patience::with_write(&Options::new());
        let mut outgoing = Outgoing::new(Vec::new(), 0, answer, Vec::new(), patience, now);
        let _client = is_client_there.then_some(client);
        outgoing.send(&peer, now, 9).unwrap_err()
    }

    #[test]
    fn an_error_of_a_file_is_not_that_of_its_client() {
        assert_eq!(end_of_an_unreadable_file(true), End::Failed);
        // Elsewhere, the file is read before the socket is looked at.
        #[cfg(target_os = "linux")]
        assert_eq!(end_of_an_unreadable_file(false), End::Disconnected);
    }
}
