//! The demand for a request's body, as the threads of the request know it.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering::SeqCst},
};

/// The demand for a body: whether it is still wanted, and whether its client must be asked for it.
#[derive(Debug)]
pub(super) struct Demand {
    /// A thread that asks holds the lock until `100 Continue` is sent, so that no part of the
    /// response overtakes it.
    asking: Mutex<Asking>,
    /// Whether the request is over. A thread that waits for more of the body then gets nothing.
    over: AtomicBool,
}

/// Whether the client must be asked for the body with `100 Continue` (RFC 9110 section 10.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asking {
    /// The client waits for it.
    Due,
    /// The client was asked, or does not wait.
    Done,
    /// The response is complete, so the client must not be asked any more.
    Over,
}

impl Demand {
    /// The demand for a body whose client waits to be asked, or sends it without that.
    pub(super) fn new(expects_continue: bool) -> Self {
        Self {
            asking: Mutex::new(match expects_continue {
                true => Asking::Due,
                false => Asking::Done,
            }),
            over: AtomicBool::new(false),
        }
    }

    pub(super) fn asking(&self) -> MutexGuard<'_, Asking> {
        self.asking.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the request.
    pub(super) fn end(&self) {
        self.over.store(true, SeqCst);
    }

    /// Whether the request is over.
    pub(super) fn is_over(&self) -> bool {
        self.over.load(SeqCst)
    }
}
