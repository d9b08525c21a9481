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
        if !peer.watch.begin_deadline(deadline.call()) {
            return;
        }
        let is_former = |former: &Arc<Deadline<Environ>>| former.call() != deadline.call();
        if state.deadline.as_ref().is_some_and(is_former) {
            self.remove(&mut state);
            _former = state.deadline.take();
        }
        if state.begun.is_some() {
            let _ = deadline.commit(); // a part of the response was sent before
        }
        state.deadline = Some(deadline.clone());
        let earlier = self.remove(&mut state);
        if let Some(at) = deadline.at() {
            let loop_index = peer.watch.loop_index();
            let began = state.began;
            let call = earlier.unwrap_or_else(|| WatchedCall::current(peer, loop_index, began));
            state.moment = Some(self.deadlines.add(at.into(), call));
        }
    }

    /// Ends the watch over a peer's request, when the call is over. Returns the end of the request
    /// if its deadline has passed.
    #[inline(never)]
    pub(crate) fn end_watch(&self, peer: &Peer) -> Option<Verdict> {
        let mut state = peer.watch.state();
        let deadline = state.deadline.take();
        let has_passed = deadline
            .as_ref()
            .is_some_and(|deadline| deadline.end().is_err());
        self.remove(&mut state);
        (state.began, state.begun) = (None, None);
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wsgi_environ::WatchedConnection;

    use super::*;
    use crate::{
        instant::Instant,
        loops::shared::tests::shared,
        peers::{requester::Requester, socket::Socket},
    };

    #[test]
    fn the_time_of_a_request_begins_before_the_watch_over_it() {
        const TIMEOUT: Duration = Duration::from_millis(500);
        let shared = shared(1);
        let lookout = &shared.lookouts[0];
        let (socket, _client) = Socket::pair();
        let peer = Arc::new(Peer::new(socket, None, None));
        let requester: Arc<dyn WatchedConnection<Environ>> =
            Arc::new(Requester::new(&peer, None, lookout));
        let mut environ = Environ::new();
        let mut began_of = |call, beginning: Option<Instant>| {
            environ.clear();
            environ.set_watched_connection(&requester);
            environ.set_call(call);
            beginning
                .into_iter()
                .for_each(|at| peer.watch.note_beginning(at));
            let now = Instant::now();
            environ.set_deadline(now.to_std());
            let (_, watched) = shared.deadlines.take_due(now).expect("a deadline");
            lookout.end_watch(&peer);
            watched.began.0
        };
        let earlier = Instant::now().checked_sub(TIMEOUT);
        assert_eq!(Some(began_of(1, earlier)), earlier);
        // Without a limit of the server, it begins when the application sets a deadline.
        assert!(Some(began_of(2, None)) >= earlier.map(|at| at + TIMEOUT));
    }
}
