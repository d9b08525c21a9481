//! The end of an incomplete response that has no length: the connection's end has to show it.

use std::time::Duration;

use crate::{instant::Instant, peers::peer::Peer};

/// A connection whose end has to tell the peer that the response is incomplete. It waits a moment:
/// a front server that reads the end together with the bytes before it drops both.
#[derive(Debug)]
pub(crate) struct Breaking {
    at: Instant,
    /// The request's id in FastCGI.
    request_id: Option<u16>,
}

/// The time that the peer has to read the bytes before the end.
const DELAY: Duration = Duration::from_millis(50);

impl Breaking {
    pub(crate) fn new(now: Instant, request_id: Option<u16>) -> Self {
        Self {
            at: now + DELAY,
            request_id,
        }
    }

    pub(crate) fn deadline(&self) -> Instant {
        self.at
    }

    /// Writes bytes that are not a record, if the connection has records.
    fn write_invalid_record(&self, peer: &Peer) {
        if let Some(id) = self.request_id {
            let mut record = Vec::new();
            wsgi_fastcgi::encode::break_off(&mut record, id);
            let _ = peer.write(&record); // best effort
        }
    }

    /// Ends the connection with a reset. A Unix socket has none: there FastCGI ends with an invalid
    /// record, and the other protocols have no way to tell.
    pub(crate) fn break_off(&self, peer: &Peer) {
        if peer.can_be_reset() {
            peer.reset();
        } else {
            self.write_invalid_record(peer);
        }
    }
}
