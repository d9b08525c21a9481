//! Hooks that run when a request is over, and what they are told.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crate::Environ;

/// How a request ended, as its [`on_finished`](Environ::on_finished) hooks are told.
///
/// ```
/// use std::time::Duration;
/// use wsgi_environ::Outcome;
///
/// let outcome = Outcome::new(130, true, Duration::from_millis(2)).with_response(Some(200), 13);
/// assert_eq!(outcome.status, Some(200));
/// assert_eq!((outcome.bytes_sent, outcome.body_bytes), (130, 13));
/// assert!(outcome.complete);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// The status code of the response; `None` if no head was made.
    pub status: Option<u16>,
    /// Bytes of the response, head included, that the peer took: on a reset, less
    /// what the kernel still held.
    pub bytes_sent: u64,
    /// Bytes of the response's body among them, without its head and its framing; if the response
    /// was not sent to its end, about.
    pub body_bytes: u64,
    /// Whether the response was sent to its end.
    pub complete: bool,
    /// How long it took, from the request's head to the last byte sent or the client's leaving.
    pub duration: Duration,
}

impl Outcome {
    /// An outcome, for gateways: so far without a response.
    #[must_use]
    pub fn new(bytes_sent: u64, complete: bool, duration: Duration) -> Self {
        Self {
            status: None,
            bytes_sent,
            body_bytes: 0,
            complete,
            duration,
        }
    }

    /// Tells of the response, for gateways: its status code, and the bytes of its body that were
    /// to be sent.
    #[must_use]
    pub fn with_response(mut self, status: Option<u16>, body_bytes: u64) -> Self {
        self.status = status;
        self.body_bytes = match self.complete {
            true => body_bytes,
            false => body_bytes.min(self.bytes_sent),
        };
        self
    }
}

pub(crate) type Hook = Box<dyn FnOnce(&Environ, &Outcome) + Send>;

/// Runs each hook, also after one that panicked, and gives what the panics said.
pub(crate) fn run(hooks: &mut Vec<Hook>, environ: &Environ, outcome: &Outcome) -> Vec<String> {
    hooks
        .drain(..)
        .filter_map(|hook| catch_unwind(AssertUnwindSafe(|| hook(environ, outcome))).err())
        .map(message)
        .collect()
}

/// Drops what an application left behind, which may panic, also with something that panics when
/// it is dropped in its turn.
pub(crate) fn discard<T>(left: T) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(left))) {
        std::mem::forget(panic);
    }
}

fn message(panic: Box<dyn Any + Send>) -> String {
    let panic = match panic.downcast::<String>() {
        Ok(message) => return *message,
        Err(other) => other,
    };
    match panic.downcast::<&'static str>() {
        Ok(message) => (*message).to_owned(),
        Err(other) => {
            // Dropping a foreign payload could panic in its turn.
            std::mem::forget(other);
            "a panic without a message".to_owned()
        }
    }
}
