//! The limit of connections.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

/// The limit of a server's connections, with the places that are taken on all its loops.
#[derive(Debug)]
pub(crate) struct ConnectionLimit {
    limit: usize,
    /// Places beyond the limit, in the stead of connections that hold one and serve no client.
    further: AtomicUsize,
    taken: AtomicUsize,
    /// Whether a loop found none, and waits to hear of one.
    awaited: AtomicBool,
}

impl ConnectionLimit {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            further: AtomicUsize::new(0),
            taken: AtomicUsize::new(0),
            awaited: AtomicBool::new(false),
        }
    }

    /// Takes a place, if there is one.
    pub(crate) fn take(&self) -> bool {
        self.try_take() || {
            // Either this sees a place that is given back now, or its giver sees that we wait.
            self.awaited.store(true, SeqCst);
            self.try_take()
        }
    }

    /// Gives a place back. Returns whether a loop waits for one.
    pub(crate) fn give_back(&self) -> bool {
        self.taken.fetch_sub(1, SeqCst);
        self.is_awaited()
    }

    /// Adds a place, in the stead of a connection that serves no client and still holds one.
    /// Returns whether a loop waits for one.
    pub(crate) fn add_place(&self) -> bool {
        self.further.fetch_add(1, SeqCst);
        self.is_awaited()
    }

    /// Removes a place that was added.
    pub(crate) fn remove_place(&self) {
        self.further.fetch_sub(1, SeqCst);
    }

    fn is_awaited(&self) -> bool {
        self.awaited.load(SeqCst) && self.awaited.swap(false, SeqCst)
    }

    fn try_take(&self) -> bool {
        let limit = self.limit.saturating_add(self.further.load(SeqCst));
        let one_more = |taken| (taken < limit).then_some(taken + 1);
        self.taken.fetch_update(SeqCst, SeqCst, one_more).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_that_found_no_place_hears_of_the_next_one_once() {
        let limit = ConnectionLimit::new(2);
        assert!(limit.take() && limit.take());
        assert!(!limit.give_back(), "nobody waits");
        assert!(limit.take() && !limit.take());
        assert!(limit.give_back(), "a loop waits");
        assert!(!limit.give_back(), "that loop has heard of it");
    }

    #[test]
    fn a_place_that_is_added_is_there_until_it_is_removed() {
        let limit = ConnectionLimit::new(1);
        assert!(limit.take() && !limit.take());
        assert!(limit.add_place(), "a loop waits");
        assert!(limit.take() && !limit.take());
        limit.remove_place();
        assert!(limit.give_back(), "a loop waits");
        assert!(!limit.take(), "the limit holds again");
        assert!(limit.give_back() && limit.take());
    }
}
