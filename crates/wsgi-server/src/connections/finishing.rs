//! The end of a request: its hooks, which run once whatever becomes of it.

use std::{sync::Arc, time::Instant};

use wsgi_environ::{Environ, Outcome};
use wsgi_gateway::{Delivery, Exchange};

use crate::{connections::next::Next, peers::peer::Peer};

/// A request whose hooks wait for the end of its response. Should it be dropped
/// before they ran, they run then.
#[derive(Debug)]
pub(crate) struct Finishing {
    environ: Environ,
    peer: Arc<Peer>,
    began: Began,
    made: Made,
    outcome: Option<Outcome>,
    next: Next,
}

/// The beginning of a response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Began {
    /// Its position in everything that the connection sends.
    pub(crate) position: u64,
    /// When the request was taken up.
    pub(crate) at: Instant,
}

/// A response as the engine made it, whatever of it the client takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Made {
    /// Whether it is whole.
    pub(crate) complete: bool,
    pub(crate) status: Option<u16>,
    pub(crate) body_bytes: u64,
}

impl Made {
    pub(crate) fn of(delivery: &Delivery, exchange: &Exchange) -> Self {
        Made {
            complete: delivery.is_complete(),
            status: delivery.status_code(exchange),
            body_bytes: delivery.body_bytes(),
        }
    }
}

impl Finishing {
    /// The end of the request of `environ`.
    pub(crate) fn new(environ: Environ, peer: Arc<Peer>, began: Began, made: Made) -> Self {
        Finishing {
            environ,
            peer,
            began,
            made,
            outcome: None,
            next: Next::Cut,
        }
    }

    /// Notes that the response is out, if it was `sent` to its last byte, or
    /// that it never will be; and what is next.
    pub(crate) fn end(&mut self, sent: bool, next: Next) {
        self.outcome = Some(self.outcome(sent));
        self.next = next;
    }

    /// What the hooks are told.
    fn outcome(&self, sent: bool) -> Outcome {
        let complete = self.made.complete && sent;
        let position = if complete {
            self.peer.position()
        } else {
            self.peer.acknowledged()
        };
        let bytes = position.saturating_sub(self.began.position);
        Outcome::new(bytes, complete, self.began.at.elapsed())
            .with_response(self.made.status, self.made.body_bytes)
    }

    /// Runs the hooks. Gives what is next, and the environ for another request.
    pub(crate) fn run(mut self) -> (Next, Environ) {
        self.run_hooks();
        let next = std::mem::replace(&mut self.next, Next::Cut);
        (next, std::mem::take(&mut self.environ))
    }

    /// Whether the client waits for what it will never have.
    pub(crate) fn is_cut(&self) -> bool {
        matches!(self.next, Next::Cut)
    }

    fn run_hooks(&mut self) {
        let outcome = self.outcome.take();
        let outcome = outcome.unwrap_or_else(|| self.outcome(false));
        wsgi_gateway::run_hooks(&mut self.environ, &outcome);
        self.environ.clear();
    }
}

impl Drop for Finishing {
    fn drop(&mut self) {
        if self.environ.has_hooks() {
            self.run_hooks();
        }
    }
}
