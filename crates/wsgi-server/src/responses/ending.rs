//! The end of a request: its hooks, which run exactly once.

use std::{sync::Arc, time::SystemTime};

use wsgi_environ::{DeadlinePassed, End, Environ, Outcome};

use crate::{
    instant::Instant,
    peers::{peer::Peer, watch::SentAnswer},
};

/// A request whose hooks wait for the end of its response. They run at the latest when this is
/// dropped.
#[derive(Debug)]
pub(crate) struct Ending {
    /// `None` once the hooks have run.
    environ: Option<Box<Environ>>,
    peer: Arc<Peer>,
    began: Began,
    made: Made,
    outcome: Option<Outcome>,
}

/// The beginning of a response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Began {
    /// Its position in everything that the connection sends.
    pub(crate) position: u64,
    /// When the server took the request up.
    pub(crate) at: Instant,
    /// The same as a time of day.
    pub(crate) time: SystemTime,
}

/// A response as the engine made it, which the client may take only in part.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Made {
    /// Its end if the client takes all of it.
    pub(crate) end: End,
    pub(crate) status: Option<u16>,
    pub(crate) body_bytes: u64,
    /// The position of the body.
    pub(crate) body_position: u64,
    /// The position of its end; `None` if a part of it is not in the thread's buffer.
    pub(crate) end_position: Option<u64>,
    /// When it ended, if its deadline has passed.
    pub(crate) ended_at: Option<Instant>,
}

impl Made {
    /// The answer of the server at the deadline of a request.
    pub(crate) fn of_answer(answer: &SentAnswer) -> Self {
        Self {
            end: End::TimedOut,
            status: Some(DeadlinePassed::STATUS_CODE),
            body_bytes: answer.body_bytes(),
            body_position: answer.body_position,
            end_position: Some(answer.end_position),
            ended_at: None,
        }
    }

    /// Whether all of it is in the thread's buffer, and in time.
    pub(crate) fn is_whole(&self) -> bool {
        self.end_position.is_some() && self.ended_at.is_none()
    }

    /// Whether the kernel has taken all of the response.
    fn is_sent(&self, peer: &Peer) -> bool {
        let position = peer.position();
        self.end_position.is_some_and(|end| end <= position)
    }

    /// The outcome that hooks are called with, if the response, or another one after it, comes to
    /// this `end` at this time.
    pub(crate) fn outcome(&self, began: Began, peer: &Peer, end: End, now: Instant) -> Outcome {
        let is_sent = self.is_sent(peer);
        let end = match is_sent {
            true => self.end,
            false => self.end.and(end),
        };
        // The end of the server's side, which follows its answer at a deadline, would count as a
        // byte.
        let is_complete = end == End::Complete || (self.ended_at.is_some() && is_sent);
        let position = match is_complete {
            true => peer.position(),
            false => peer.acknowledged(),
        };
        // Other responses may follow it.
        let last = self.end_position;
        let last = last.map_or(position, |last| last.min(position));
        let body = match is_complete {
            true => self.body_bytes,
            false => {
                let sent = last.saturating_sub(self.body_position);
                self.body_bytes.min(sent)
            }
        };
        let duration = now.saturating_duration_since(began.at);
        Outcome::new(end, began.time, duration)
            .with_status_code(self.status)
            .with_bytes(last.saturating_sub(began.position), body)
    }
}

impl Ending {
    /// The end of the request of `environ`.
    pub(crate) fn new(environ: Box<Environ>, peer: Arc<Peer>, began: Began, made: Made) -> Self {
        let mut ending = Self {
            environ: Some(environ),
            peer,
            began,
            made,
            outcome: None,
        };
        if let Some(at) = made.ended_at {
            ending.end(made.end, at);
        }
        ending
    }

    /// Adds bytes to the body of a response that was not in the thread's buffer as a whole.
    pub(crate) fn add_body(&mut self, bytes: u64) {
        if self.made.end_position.is_none() {
            self.made.body_bytes += bytes;
        }
    }

    /// Whether the kernel has taken all of the response.
    pub(crate) fn is_sent(&self) -> bool {
        self.made.is_sent(&self.peer)
    }

    /// Notes the `end` of the response, or of another one after it, at this time. A response that
    /// [is sent](Self::is_sent) does not break off with those after it.
    pub(crate) fn end(&mut self, end: End, now: Instant) {
        if self.outcome.is_none() {
            self.outcome = Some(self.made.outcome(self.began, &self.peer, end, now));
        }
    }

    /// Runs the hooks. Returns the environ for another request; `None` if they have run before.
    pub(crate) fn run(&mut self) -> Option<Box<Environ>> {
        let mut environ = self.environ.take()?;
        let outcome = self.outcome.take().unwrap_or_else(|| {
            let now = Instant::now();
            self.made.outcome(self.began, &self.peer, End::Aborted, now)
        });
        wsgi_gateway::run_hooks(&mut environ, &outcome);
        environ.clear();
        Some(environ)
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.run();
    }
}

#[cfg(test)]
mod tests {
    use std::{
        os::unix::net::UnixStream,
        sync::{Arc, Mutex, mpsc},
        time::{Duration, SystemTime},
    };

    use wsgi_environ::{End, Environ, Outcome};

    use super::{Began, Ending, Made};
    use crate::{
        instant::Instant,
        peers::{peer::Peer, socket::Socket},
    };

    /// A response of nine bytes, two of them the head, what its hook is told, and its client.
    fn ending(made: Made) -> (Ending, Arc<Peer>, mpsc::Receiver<Outcome>, UnixStream) {
        let (socket, theirs) = Socket::pair();
        let peer = Arc::new(Peer::new(socket, None, None));
        let (report, reports) = mpsc::channel();
        let report = Mutex::new(report);
        let mut environ = Box::new(Environ::new());
        environ.on_finished(move |_, outcome| report.lock().unwrap().send(*outcome).unwrap());
        let began = Began {
            position: 0,
            at: Instant::now(),
            time: SystemTime::UNIX_EPOCH + Duration::from_secs(7),
        };
        let ending = Ending::new(environ, peer.clone(), began, made);
        (ending, peer, reports, theirs)
    }

    const WHOLE: Made = Made {
        end: End::Complete,
        status: Some(200),
        body_bytes: 7,
        body_position: 2,
        end_position: Some(9),
        ended_at: None,
    };

    #[test]
    fn hooks_are_told_how_the_response_ended() {
        use End::{Complete, Disconnected, Failed, TimedOut};
        let failed = Made {
            end: Failed,
            ..WHOLE
        };
        let unknown = Made {
            end_position: None,
            ..WHOLE
        };
        for (made, written, end, expected, bytes, body) in [
            (WHOLE, 9, Complete, Complete, 9, 7),
            (WHOLE, 8, Disconnected, Disconnected, 8, 6),
            (WHOLE, 5, TimedOut, TimedOut, 5, 3),
            (WHOLE, 2, TimedOut, TimedOut, 2, 0),
            (WHOLE, 1, Disconnected, Disconnected, 1, 0),
            (WHOLE, 12, TimedOut, Complete, 9, 7), // one after it was not sent
            (failed, 9, Complete, Failed, 9, 7),
            (failed, 12, TimedOut, Failed, 9, 7),
            (failed, 5, Disconnected, Failed, 5, 3),
            (unknown, 12, Complete, Complete, 12, 7),
            (unknown, 12, Disconnected, Disconnected, 12, 7),
            (unknown, 5, Failed, Failed, 5, 3),
        ] {
            let (mut ending, peer, reports, _client) = ending(made);
            assert_eq!(peer.write(&b"the response"[..written]).unwrap(), written);
            let is_sent = made.end_position.is_some() && written >= 9;
            assert_eq!(ending.is_sent(), is_sent);
            ending.end(end, Instant::now());
            peer.write(b"the next").unwrap();
            ending.end(Complete, Instant::now()); // the first end counts
            let environ = ending.run().expect("an environ");
            assert!(!environ.has_hooks());
            let outcome = reports.try_recv().unwrap();
            assert_eq!(outcome.end(), expected, "{made:?} {written} {end:?}");
            assert_eq!((outcome.bytes_sent(), outcome.body_bytes()), (bytes, body));
            assert_eq!(outcome.status_code(), Some(200));
        }
    }

    #[test]
    fn hooks_run_once_even_if_the_end_was_not_noted() {
        let (ending, _peer, reports, _client) = ending(WHOLE);
        drop(ending);
        let outcome = reports.try_recv().unwrap();
        assert_eq!(outcome.end(), End::Aborted);
        let started = outcome.started().duration_since(SystemTime::UNIX_EPOCH);
        assert_eq!(started.unwrap().as_secs(), 7);
        let again = reports.try_recv();
        assert_eq!(again, Err(mpsc::TryRecvError::Disconnected));
    }
}
