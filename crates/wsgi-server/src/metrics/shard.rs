//! The numbers of one event loop.

use wsgi_metrics::Counter;

use crate::metrics::{
    reason::{ACCEPT_ERRORS, ConnectionReason, REFUSALS},
    series::{Pair, Series},
};

/// The numbers of one event loop. They only grow. The alignment keeps those of two loops on
/// different cache lines, also where the processor fetches two at a time.
#[derive(Debug)]
#[repr(align(128))]
pub(super) struct Shard {
    /// Bytes of requests and of responses.
    pub(super) received: Counter,
    pub(super) sent: Counter,
    /// Requests that have begun, by method and scheme.
    pub(super) begun: [Counter; Pair::COUNT],
    /// The durations of those that have ended.
    pub(super) ended: Series,
    pub(super) hand_overs: Counter,
    pub(super) accepted: Counter,
    pub(super) evicted: Counter,
    pub(super) accept_errors: [Counter; ACCEPT_ERRORS.len()],
    pub(super) refused_connections: [Counter; ConnectionReason::LABELS.len()],
    pub(super) refused_requests: [Counter; REFUSALS.len()],
    pub(super) handshakes: [[Counter; 2]; VERSIONS.len()],
    pub(super) failed_handshakes: Counter,
}

/// The versions of TLS, as OpenTelemetry writes them.
pub(super) const VERSIONS: [&str; 2] = ["1.2", "1.3"];

impl Shard {
    pub(super) fn new() -> Self {
        Self {
            received: Counter::new(),
            sent: Counter::new(),
            begun: std::array::from_fn(|_| Counter::new()),
            ended: Series::new(),
            hand_overs: Counter::new(),
            accepted: Counter::new(),
            evicted: Counter::new(),
            accept_errors: Default::default(),
            refused_connections: Default::default(),
            refused_requests: Default::default(),
            handshakes: Default::default(),
            failed_handshakes: Counter::new(),
        }
    }
}
