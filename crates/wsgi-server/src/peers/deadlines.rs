//! The deadlines of all requests that applications are called for.

use std::{sync::Arc, time::SystemTime};

use crate::instant::Instant;

use crate::peers::{
    agenda::{Agenda, Moment},
    calling_thread::CallingThread,
    peer::Peer,
};

/// The deadlines of all requests that applications are called for. The thread that watches over the
/// server takes those that have passed.
#[derive(Debug)]
pub(crate) struct Deadlines(Agenda<WatchedCall>);

/// A call of the application, as its thread noted it when the deadline was set.
#[derive(Debug)]
pub(crate) struct WatchedCall {
    pub(crate) peer: Arc<Peer>,
    /// The number of the loop that has the connection.
    pub(crate) loop_index: usize,
    pub(crate) thread: CallingThread,
    /// When the time of the request began, and the same as a time of day: before the server set the
    /// deadline, or when the application set the first one.
    pub(crate) began: (Instant, SystemTime),
    /// The position of the response in everything that the connection sends.
    pub(crate) position: u64,
}

impl WatchedCall {
    /// The call of this thread, which answers a request of this peer. Its time may have begun
    /// before.
    pub(super) fn current(peer: &Arc<Peer>, loop_index: usize, began: Option<Instant>) -> Self {
        let (now, time) = (Instant::now(), SystemTime::now());
        let began = began.unwrap_or(now);
        Self {
            peer: peer.clone(),
            loop_index,
            thread: CallingThread::current(),
            began: (began, time - now.saturating_duration_since(began)),
            position: peer.position() + peer.watch.unsent() as u64,
        }
    }
}

impl Deadlines {
    pub(crate) fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Agenda::new(wake))
    }

    /// Has a call watched.
    pub(super) fn add(&self, at: Instant, call: WatchedCall) -> Moment {
        self.0.add(at, call)
    }

    /// Ends the watch over a call, which may have ended already.
    pub(super) fn remove(&self, moment: Moment) -> Option<WatchedCall> {
        self.0.remove(moment)
    }

    /// Whether no call is watched.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next moment.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.0.next()
    }

    /// Takes a call whose deadline has passed.
    pub(crate) fn take_due(&self, now: Instant) -> Option<(Moment, WatchedCall)> {
        self.0.take_due(now)
    }
}
