//! The numbers of one event loop.

use wsgi_metrics::Counter;

use crate::counting::{
    reason::{ACCEPT_ERRORS, ConnectionReason, RequestReason},
    series::{Pair, Series},
};

/// The numbers of one event loop. They only grow. The alignment keeps those of two loops on
/// different cache lines, also where the processor fetches two at a time.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Shard {
    /// Bytes of requests and of responses.
    pub(crate) received: Counter,
    pub(crate) sent: Counter,
    /// Requests that have begun, by method and scheme.
    pub(crate) begun: [Counter; Pair::COUNT],
    /// The durations of those that have ended.
    pub(crate) ended: Series,
    pub(crate) hand_overs: Counter,
    pub(crate) accepted: Counter,
    pub(crate) evicted: Counter,
    pub(crate) accept_errors: [Counter; ACCEPT_ERRORS.len()],
    pub(crate) refused_connections: [Counter; ConnectionReason::LABELS.len()],
    pub(crate) refused_requests: [Counter; RequestReason::LABELS.len()],
    pub(crate) handshakes: [[Counter; 2]; VERSIONS.len()],
    pub(crate) failed_handshakes: Counter,
}

/// The versions of TLS, as OpenTelemetry writes them.
pub(crate) const VERSIONS: [&str; 2] = ["1.2", "1.3"];

impl Shard {
    pub(crate) fn new() -> Self {
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
