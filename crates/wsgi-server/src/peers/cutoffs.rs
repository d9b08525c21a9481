//! The ends of the time that responses may take, while application code runs.

use std::sync::Arc;

use crate::instant::Instant;

use crate::peers::{
    agenda::{Agenda, Moment},
    peer::Peer,
};

/// The peers whose responses have to end at a time, each while the thread of its application may do
/// anything, such as sleep. The thread that watches over the server cuts those whose time has come.
/// All other responses have deadlines of their own.
#[derive(Debug)]
pub(crate) struct Cutoffs(Agenda<Arc<Peer>>);

impl Cutoffs {
    pub(crate) fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Agenda::new(wake))
    }

    /// Has the connection to a peer cut at a time, unless the cut-off is [removed](Self::remove)
    /// before.
    pub(crate) fn add(&self, at: Instant, peer: &Arc<Peer>) -> Moment {
        self.0.add(at, peer.clone())
    }

    /// Removes a cut-off. Returns false if the connection was cut.
    pub(crate) fn remove(&self, cutoff: Moment) -> bool {
        self.0.remove(cutoff).is_some()
    }

    /// The time of the next cut-off.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.0.next()
    }

    /// Cuts the connections whose time has come. A response is either cut or has ended in time.
    pub(crate) fn cut(&self, now: Instant) {
        self.0.work_off(now, |peer| peer.cut());
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::Read,
        sync::atomic::{AtomicUsize, Ordering::Relaxed},
        time::Duration,
    };

    use super::*;
    use crate::peers::socket::Socket;

    #[test]
    fn connections_are_cut_in_time_and_not_after_their_response() {
        let wakes = Arc::new(AtomicUsize::new(0));
        let counter = wakes.clone();
        let wake = move || {
            counter.fetch_add(1, Relaxed);
        };
        let cutoffs = Arc::new(Cutoffs::new(wake));
        let pair = || {
            let (ours, theirs) = Socket::pair();
            theirs.set_nonblocking(true).unwrap();
            (Arc::new(Peer::new(ours, None, None)), theirs)
        };
        let (now, second) = (Instant::now(), Duration::from_secs(1));
        let ((first, mut first_client), (other, mut other_client)) = (pair(), pair());
        let late = cutoffs.add(now + second, &first);
        let ended = cutoffs.add(now + second, &other);
        let later = cutoffs.add(now + 2 * second, &other);
        assert_eq!(wakes.load(Relaxed), 3);
        assert!(cutoffs.remove(ended));
        cutoffs.cut(now);
        assert_eq!(cutoffs.next(), Some(now + second));
        cutoffs.cut(now + second);
        assert_eq!(first_client.read(&mut [0]).unwrap(), 0, "it is cut");
        assert!(other_client.read(&mut [0]).is_err(), "it is not");
        assert!(!cutoffs.remove(late), "it was cut");
        assert_eq!(cutoffs.next(), Some(now + 2 * second));
        assert!(cutoffs.remove(later));
        assert_eq!(cutoffs.next(), None);
    }
}
