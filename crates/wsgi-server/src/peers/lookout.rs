//! The watch over the deadlines of one loop's requests.

use std::sync::{Arc, atomic::AtomicUsize};

use wsgi_environ::{Deadline, Environ};

use crate::peers::{
    deadlines::{Deadlines, WatchedCall},
    peer::Peer,
    watch::{State, Verdict},
};

/// The watch over the deadlines of one loop's requests.
#[derive(Debug)]
pub(crate) struct Lookout {
    /// The number of the loop that its connections come to first.
    pub(crate) loop_index: usize,
    deadlines: Arc<Deadlines>,
    /// The number of the loop's connections whose thread is stuck.
    pub(crate) stuck: AtomicUsize,
}

impl Lookout {
    pub(crate) fn new(loop_index: usize, deadlines: Arc<Deadlines>) -> Arc<Self> {
        Arc::new(Self {
            loop_index,
            deadlines,
            stuck: AtomicUsize::new(0),
        })
    }

    /// Begins to watch over the deadline of a peer's request, whose moment was set or changed,
    /// unless its call is over: then the environ is one that the application has kept.
    pub(super) fn watch(&self, peer: &Arc<Peer>, deadline: &Arc<Deadline<Environ>>) {
        let mut _former = None; // is dropped after the lock
        let mut state = peer.watch.state();
        if peer.watch.is_over(deadline) {
            return;
        }
        let is_former = |former: &Arc<Deadline<Environ>>| former.call() != deadline.call();
        if state.deadline.as_ref().is_some_and(is_former) {
            self.remove(&mut state);
            _former = state.deadline.take();
        }
        peer.watch.note_deadline(true);
        if state.begun.is_some() {
            let _ = deadline.commit(); // a part of the response was sent before
        }
        state.deadline = Some(deadline.clone());
        let earlier = self.remove(&mut state);
        if let Some(at) = deadline.at() {
            let loop_index = peer.watch.loop_index();
            let call = earlier.unwrap_or_else(|| WatchedCall::current(peer, loop_index));
            state.moment = Some(self.deadlines.add(at.into(), call));
        }
    }

    /// Ends the watch over a peer's request, when the call is over. Returns the end of the request
    /// if its deadline has passed.
    #[inline(never)]
    pub(crate) fn end_watch(&self, peer: &Peer) -> Option<Verdict> {
        let mut state = peer.watch.state();
        peer.watch.note_deadline(false);
        let deadline = state.deadline.take();
        let has_passed = deadline
            .as_ref()
            .is_some_and(|deadline| deadline.end().is_err());
        self.remove(&mut state);
        state.begun = None;
        let verdict = state.verdict.take().filter(|_| has_passed);
        drop(state);
        // Its hooks are code of the program.
        if let Some(deadline) = deadline {
            deadline.drop_request();
        }
        verdict
    }

    fn remove(&self, state: &mut State) -> Option<WatchedCall> {
        self.deadlines.remove(state.moment.take()?)
    }
}
