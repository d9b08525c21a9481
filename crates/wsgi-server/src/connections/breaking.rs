//! The end of an incomplete response that has no length: the connection's end has to show it.

use std::time::Duration;

use crate::{fastcgi::records, instant::Instant, peers::peer::Peer};

/// A connection whose end has to tell the peer that the response is incomplete. It waits a moment:
/// a front server that reads the end together with the bytes before it drops both. Where the system
/// tells that the peer has not read them yet, it waits on.
#[derive(Debug)]
pub(crate) struct Breaking {
    began: Instant,
    at: Instant,
    /// The request's id in FastCGI.
    request_id: Option<u16>,
}

/// The time that the peer has to read the bytes before the end.
const DELAY: Duration = Duration::from_millis(50);

/// The same for a peer that is known not to have read them.
const PATIENCE: Duration = Duration::from_secs(1);

impl Breaking {
    pub(crate) fn new(now: Instant, request_id: Option<u16>) -> Self {
        Self {
            began: now,
            at: now + DELAY,
            request_id,
        }
    }

    pub(crate) fn deadline(&self) -> Instant {
        self.at
    }

    /// Waits on, if that is of use: if there is a record to show the end with, and the peer has not
    /// read what is before it. Returns false if it is time to break off.
    pub(crate) fn waits_on(&mut self, peer: &Peer, now: Instant) -> bool {
        let waits = self.request_id.is_some() && now < self.began + PATIENCE && peer.is_behind();
        if waits {
            self.at = now + DELAY;
        }
        waits
    }

    /// Writes bytes that are not a record, if the connection has records.
    fn write_invalid_record(&self, peer: &Peer) {
        if let Some(id) = self.request_id {
            let mut record = Vec::new();
            records::break_off(&mut record, id);
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

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::peers::socket::Socket;

    #[test]
    fn a_response_breaks_off_once_a_slow_peer_has_read_it_or_after_a_second() {
        let (socket, mut front) = Socket::pair();
        let peer = Peer::new(socket, None, None);
        let start = Instant::now();
        let mut breaking = Breaking::new(start, Some(1));
        peer.write(b"Hello ").unwrap();
        for late in [DELAY, DELAY * 2, PATIENCE - DELAY] {
            assert!(breaking.waits_on(&peer, start + late));
            assert_eq!(breaking.deadline(), start + late + DELAY);
        }
        assert!(!breaking.waits_on(&peer, start + PATIENCE));
        let mut without_records = Breaking::new(start, None);
        assert!(!without_records.waits_on(&peer, start + DELAY));
        front.read_exact(&mut [0; 5]).unwrap();
        assert!(breaking.waits_on(&peer, start + DELAY), "one byte is left");
        front.read_exact(&mut [0]).unwrap();
        assert!(!breaking.waits_on(&peer, start + DELAY));
    }
}
