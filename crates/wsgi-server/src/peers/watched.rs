//! The deadline of a request on the connection of its peer: who answers, and what of the connection
//! is left.

use std::io;

use wsgi_environ::Environ;

use crate::{
    instant::Instant,
    peers::{
        agenda::Moment,
        patience::Patience,
        peer::{Peer, timed_out},
        watch::{Begun, SentAnswer, Verdict},
    },
    protocol::Protocol,
};

/// A request whose deadline has passed, and that was answered or cut.
#[derive(Debug)]
pub(crate) struct Expired {
    pub(crate) request: Box<Environ>,
    pub(crate) verdict: Verdict,
    /// The response that was cut.
    pub(crate) begun: Option<Begun>,
    /// The number of threads that are stuck.
    pub(crate) stuck: usize,
}

/// An answer in the bytes of a protocol.
#[derive(Debug)]
pub(crate) struct AnswerBytes {
    pub(crate) bytes: Vec<u8>,
    /// The length of the body among them, which is at their end or before the end of a record.
    pub(crate) body: usize,
}

impl Peer {
    /// Notes that a part of a response leaves during the call.
    ///
    /// # Errors
    ///
    /// The deadline has passed, and the connection has ended.
    pub(crate) fn commit(&self, begun: Begun) -> io::Result<()> {
        let mut state = self.watch.state();
        if state.begun.is_none() {
            state.begun = Some(begun);
            self.watch.begin_response();
        }
        let deadline = state.deadline.as_ref();
        let committed = deadline.map_or(Ok(()), |deadline| deadline.commit());
        committed.map_err(|_| timed_out())
    }

    /// Answers or cuts a request whose deadline has passed `now`, unless its call has ended or
    /// answers by itself. `count` counts its thread, which is stuck.
    pub(crate) fn expire(
        &self,
        moment: Moment,
        now: Instant,
        answer: impl FnOnce(&Environ, Protocol, u16) -> AnswerBytes,
        count: impl FnOnce() -> usize,
    ) -> Option<Expired> {
        // Under the lock, so that the call hears of the whole end or of none.
        let mut state = self.watch.state();
        if state.moment != Some(moment) {
            return None;
        }
        let deadline = state.deadline.as_ref()?;
        let overdue = deadline.pass(now.to_std())?;
        state.moment = None;
        let is_free = !overdue.is_sending && !state.is_midway && self.watch.unsent() == 0;
        let sent = is_free
            .then(|| answer(&overdue.request, self.protocol, self.watch.request_id()))
            .and_then(|answer| self.send_last(&answer));
        if sent.is_none() {
            self.cut();
        }
        let verdict = Verdict {
            at: now,
            answer: sent,
        };
        state.verdict = Some(verdict);
        Some(Expired {
            request: overdue.request,
            verdict,
            begun: state.begun,
            stuck: count(),
        })
    }

    /// Sends an answer, and ends the server's side. Returns `None` if the socket does not take all
    /// of it at once.
    fn send_last(&self, answer: &AnswerBytes) -> Option<SentAnswer> {
        let position = self.position();
        let length = answer.bytes.len();
        self.write(&answer.bytes)
            .ok()
            .filter(|&count| count == length)?;
        self.say_goodbye();
        // The thread of the call may still use the socket, so it is not closed.
        self.finish();
        let end_position = position + length as u64;
        Some(SentAnswer {
            position,
            body_position: end_position - answer.body as u64,
            end_position,
        })
    }

    /// Writes `100 Continue` or the like while the application is called, from any thread. The
    /// connection is cut if the client does not take it in time.
    pub(crate) fn write_interim(
        &self,
        mut bytes: &[u8],
        patience: &mut Patience,
    ) -> io::Result<()> {
        loop {
            let mut state = self.watch.state();
            if state.verdict.is_some() {
                return Err(timed_out());
            }
            match self.write(bytes) {
                Ok(count) => bytes = &bytes[count..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
            state.is_midway = !bytes.is_empty();
            drop(state);
            if bytes.is_empty() {
                return Ok(());
            }
            let since = Instant::now();
            if !self.wait_writable(patience.deadline(since))? {
                self.cut(); // a response must not follow a part of it
                return Err(timed_out());
            }
            patience.note(since.elapsed(), 0);
        }
    }

    /// The time until which a read may wait, at the latest at the deadline of the request.
    pub(crate) fn within_deadline(&self, at: Instant) -> Instant {
        self.watch.at().map_or(at, |deadline| deadline.min(at))
    }

    /// Whether the deadline of the request has passed.
    pub(crate) fn is_overdue(&self) -> bool {
        self.watch.at().is_some_and(|at| at <= Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Read, time::Duration};

    use super::*;
    use crate::{options::Options, peers::socket::Socket};

    #[test]
    fn nothing_follows_100_continue_that_its_client_does_not_take() {
        let (socket, mut client) = Socket::pair();
        client.set_nonblocking(true).unwrap();
        let peer = Peer::new(socket, None, None);
        while peer.write(&[b'x'; 4096]).is_ok() {}
        let options = Options {
            write_timeout: Duration::ZERO,
            ..Options::new()
        };
        let mut patience = Patience::with_write(&options);
        let interim = peer.write_interim(b"HTTP/1.1 100 Continue\r\n\r\n", &mut patience);
        assert_eq!(interim.unwrap_err().kind(), io::ErrorKind::TimedOut);
        // The client goes on now.
        while client.read(&mut [0; 4096]).is_ok_and(|count| count > 0) {}
        assert!(peer.write(b"HTTP/1.1 200 OK\r\n").is_err());
    }
}
