//! The end of a request: its hooks, which run exactly once.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use wsgi_environ::{Environ, Outcome};
use wsgi_gateway::{Delivery, Exchange};

use crate::peers::peer::Peer;

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
}

/// A response as the engine made it, which the client may take only in part.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Made {
    pub(crate) complete: bool,
    pub(crate) status: Option<u16>,
    pub(crate) body_bytes: u64,
    /// The position of its end; `None` if a part of it is not in the thread's buffer.
    pub(crate) end: Option<u64>,
}

impl Made {
    pub(crate) fn of(delivery: &Delivery, exchange: &Exchange) -> Self {
        Self {
            complete: delivery.is_complete(),
            status: delivery.status_code(exchange),
            body_bytes: delivery.body_bytes(),
            end: None,
        }
    }
}

impl Ending {
    /// The end of the request of `environ`.
    pub(crate) fn new(environ: Box<Environ>, peer: Arc<Peer>, began: Began, made: Made) -> Self {
        Self {
            environ: Some(environ),
            peer,
            began,
            made,
            outcome: None,
        }
    }

    /// Whether the kernel has taken all of the response.
    pub(crate) fn is_sent(&self) -> bool {
        let position = self.peer.position();
        self.made.end.is_some_and(|end| end <= position)
    }

    /// Notes the end of the response at this time. It was `sent` to its last byte, or never will
    /// be unless it [is](Self::is_sent).
    pub(crate) fn end(&mut self, sent: bool, now: Instant) {
        if self.outcome.is_none() {
            let duration = now.saturating_duration_since(self.began.at);
            self.outcome = Some(self.outcome(sent, duration));
        }
    }

    /// The outcome that hooks are called with.
    fn outcome(&self, sent: bool, duration: Duration) -> Outcome {
        let complete = self.made.complete && (sent || self.is_sent());
        let position = if complete {
            self.peer.position()
        } else {
            self.peer.acknowledged()
        };
        // Other responses may follow it.
        let end = self.made.end.map_or(position, |end| end.min(position));
        let bytes = end.saturating_sub(self.began.position);
        Outcome::new(bytes, complete, duration)
            .with_response(self.made.status, self.made.body_bytes)
    }

    /// Runs the hooks. Returns the environ for another request.
    pub(crate) fn run(mut self) -> Option<Box<Environ>> {
        self.run_hooks()
    }

    fn run_hooks(&mut self) -> Option<Box<Environ>> {
        let mut environ = self.environ.take()?;
        let outcome = self.outcome.take();
        let outcome = outcome.unwrap_or_else(|| self.outcome(false, self.began.at.elapsed()));
        wsgi_gateway::run_hooks(&mut environ, &outcome);
        environ.clear();
        Some(environ)
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.run_hooks();
    }
}

#[cfg(test)]
mod tests {
    use std::{
        os::unix::net::UnixStream,
        sync::{Arc, Mutex, mpsc},
        time::Instant,
    };

    use wsgi_environ::{Environ, Outcome};

    use super::{Began, Ending, Made};
    use crate::peers::{peer::Peer, socket::Socket};

    /// A response of nine bytes, what its hook is told, and its client.
    fn ending(made: Made) -> (Ending, Arc<Peer>, mpsc::Receiver<Outcome>, UnixStream) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let socket = Socket::Unix(mio::net::UnixStream::from_std(ours));
        let peer = Arc::new(Peer::new(socket, None, None));
        let (report, reports) = mpsc::channel();
        let report = Mutex::new(report);
        let mut environ = Box::new(Environ::new());
        environ.on_finished(move |_, outcome| report.lock().unwrap().send(*outcome).unwrap());
        let began = Began {
            position: 0,
            at: Instant::now(),
        };
        let ending = Ending::new(environ, peer.clone(), began, made);
        (ending, peer, reports, theirs)
    }

    const WHOLE: Made = Made {
        complete: true,
        status: Some(200),
        body_bytes: 7,
        end: Some(9),
    };

    #[test]
    fn hooks_are_told_how_the_response_ended() {
        let failed = Made {
            complete: false,
            ..WHOLE
        };
        let unknown = Made { end: None, ..WHOLE };
        for (made, written, sent, complete, bytes, body) in [
            (WHOLE, 9, true, true, 9, 7),
            (WHOLE, 8, false, false, 8, 7),
            (WHOLE, 5, false, false, 5, 5),
            (WHOLE, 12, false, true, 9, 7), // one after it was not sent
            (failed, 9, true, false, 9, 7),
            (unknown, 12, true, true, 12, 7),
            (unknown, 12, false, false, 12, 7),
        ] {
            let (mut ending, peer, reports, _client) = ending(made);
            assert_eq!(peer.write(&b"the response"[..written]).unwrap(), written);
            assert_eq!(ending.is_sent(), made.end.is_some() && written >= 9);
            ending.end(sent, Instant::now());
            peer.write(b"the next").unwrap();
            ending.end(true, Instant::now()); // the first end counts
            let environ = ending.run().expect("an environ");
            assert!(!environ.has_hooks());
            let outcome = reports.try_recv().unwrap();
            assert_eq!(outcome.complete, complete, "{made:?} {written} {sent}");
            assert_eq!((outcome.bytes_sent, outcome.body_bytes), (bytes, body));
            assert_eq!(outcome.status, Some(200));
        }
    }

    #[test]
    fn hooks_run_once_even_if_the_end_was_not_noted() {
        let (ending, _peer, reports, _client) = ending(WHOLE);
        drop(ending);
        assert!(!reports.try_recv().unwrap().complete);
        let again = reports.try_recv();
        assert_eq!(again, Err(mpsc::TryRecvError::Disconnected));
    }
}
