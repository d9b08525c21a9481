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
/// let outcome = Outcome::new(13, true, Duration::from_millis(2));
/// assert_eq!(outcome.bytes_sent, 13);
/// assert!(outcome.complete);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// Bytes of the response, head included, that the peer took: on a reset, less
    /// what the kernel still held.
    pub bytes_sent: u64,
    /// Whether the response was sent to its end.
    pub complete: bool,
    /// How long it took, from the request's head to the last byte sent or the client's leaving.
    pub duration: Duration,
}

impl Outcome {
    /// An outcome, for gateways.
    #[must_use]
    pub fn new(bytes_sent: u64, complete: bool, duration: Duration) -> Self {
        Self {
            bytes_sent,
            complete,
            duration,
        }
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
