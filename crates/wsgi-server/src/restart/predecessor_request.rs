//! The requests of a predecessor.

use super::{PROBE, RETIRE};

/// A request of a [`Predecessor`](crate::Predecessor) to the process that takes over from it.
///
/// [`Predecessor::wait_for_request`](crate::Predecessor::wait_for_request) returns it.
///
/// Needs the feature `restart`.
///
/// ```
/// use wsgi_server::PredecessorRequest;
///
/// /// Whether the program goes on after a request.
/// fn goes_on(request: PredecessorRequest) -> bool {
///     match request {
///         PredecessorRequest::Retire => false,
///         PredecessorRequest::Probe => true,
///     }
/// }
/// assert!(goes_on(PredecessorRequest::Probe) && !goes_on(PredecessorRequest::Retire));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PredecessorRequest {
    /// This process shall retire: the predecessor has started a further successor.
    Retire,
    /// The predecessor asks whether this process is alive. `wait_for_request` has answered already.
    Probe,
}

impl PredecessorRequest {
    /// The request that this byte stands for.
    pub(super) fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            RETIRE => Some(Self::Retire),
            PROBE => Some(Self::Probe),
            _ => None,
        }
    }
}
