//! The end of a response that is not whole, where only the end of its connection can show that.

use std::time::{Duration, Instant};

use crate::peers::peer::Peer;

/// A connection that is to end in such a way that its peer takes what it has of the response for
/// a part of it. That waits a moment: a front server that reads the end together with what came
/// before throws both away.
#[derive(Debug)]
pub(crate) struct Breaking {
    at: Instant,
    /// In FastCGI, the request's id.
    request_id: Option<u16>,
}

/// How long what was sent before has to be taken up.
const DELAY: Duration = Duration::from_millis(50);

impl Breaking {
    pub(crate) fn new(now: Instant, request_id: Option<u16>) -> Self {
        Breaking {
            at: now + DELAY,
            request_id,
        }
    }

    pub(crate) fn deadline(&self) -> Instant {
        self.at
    }

    fn write_no_record(&self, peer: &Peer) {
        if let Some(id) = self.request_id {
            let mut record = Vec::new();
            wsgi_fastcgi::encode::break_off(&mut record, id);
            let _ = peer.write(&record); // as well as it can be
        }
    }

    /// Has the connection end in a reset; where its socket knows none, in what is no record,
    /// if there are records. By other protocols nothing can be said on such a socket.
    pub(crate) fn break_off(&self, peer: &Peer) {
        if peer.can_be_reset() {
            peer.reset();
        } else {
            self.write_no_record(peer);
        }
    }
}
