//! The end of a request: its hooks, which run exactly once.

use std::{sync::Arc, time::Instant};

use wsgi_environ::{Environ, Outcome};
use wsgi_gateway::{Delivery, Exchange};

use crate::{connections::next::Next, peers::peer::Peer};

/// A request whose hooks wait for the end of its response. They run at the latest when this is
/// dropped.
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
    /// When the server took the request up.
    pub(crate) at: Instant,
}

/// A response as the engine made it, which the client may take only in part.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Made {
    pub(crate) complete: bool,
    pub(crate) status: Option<u16>,
    pub(crate) body_bytes: u64,
}

impl Made {
    pub(crate) fn of(delivery: &Delivery, exchange: &Exchange) -> Self {
        Self {
            complete: delivery.is_complete(),
            status: delivery.status_code(exchange),
            body_bytes: delivery.body_bytes(),
        }
    }
}

impl Finishing {
    /// The end of the request of `environ`.
    pub(crate) fn new(environ: Environ, peer: Arc<Peer>, began: Began, made: Made) -> Self {
        Self {
            environ,
            peer,
            began,
            made,
            outcome: None,
            next: Next::Cut,
        }
    }

    /// Notes the end of the response, which was `sent` to its last byte or never will be, and what
    /// follows it.
    pub(crate) fn end(&mut self, sent: bool, next: Next) {
        self.outcome = Some(self.outcome(sent));
        self.next = next;
    }

    /// The outcome that hooks are called with.
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

    /// Runs the hooks. Returns what follows the response, and the environ for another request.
    pub(crate) fn run(mut self) -> (Next, Environ) {
        self.run_hooks();
        let next = std::mem::replace(&mut self.next, Next::Cut);
        (next, std::mem::take(&mut self.environ))
    }

    /// Whether the client waits for bytes that will never come.
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
