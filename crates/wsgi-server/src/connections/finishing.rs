//! Requests that have ended, and whose hooks wait for a thread.

use crate::{connections::next::Next, responses::ending::Ending};

/// Requests that have ended, and whose hooks wait for a thread that may run them.
#[derive(Debug)]
pub(crate) struct Finishing {
    pub(crate) endings: Vec<Ending>,
    pub(crate) next: Next,
}

impl Finishing {
    /// Whether the client waits for bytes that will never come.
    pub(crate) fn is_cut(&self) -> bool {
        matches!(self.next, Next::Cut)
    }
}
