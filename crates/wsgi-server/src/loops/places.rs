//! How many connections there may be.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

/// The places of a server's connections, on all its loops.
#[derive(Debug)]
pub(crate) struct Places {
    most: usize,
    taken: AtomicUsize,
    /// Whether somebody found none, and is to be told of one.
    awaited: AtomicBool,
}

impl Places {
    pub(crate) fn new(most: usize) -> Self {
        Places {
            most,
            taken: AtomicUsize::new(0),
            awaited: AtomicBool::new(false),
        }
    }

    /// Takes a place, if there is one.
    pub(crate) fn take(&self) -> bool {
        self.try_take() || {
            // Either this sees the place that is given back now, or its giver sees that we wait.
            self.awaited.store(true, SeqCst);
            self.try_take()
        }
    }

    /// Gives a place back. Says whether somebody waits for one.
    pub(crate) fn give_back(&self) -> bool {
        self.taken.fetch_sub(1, SeqCst);
        self.awaited.load(SeqCst) && self.awaited.swap(false, SeqCst)
    }

    fn try_take(&self) -> bool {
        let one_more = |taken| (taken < self.most).then_some(taken + 1);
        self.taken.fetch_update(SeqCst, SeqCst, one_more).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_finds_no_place_is_told_of_the_next() {
        let places = Places::new(2);
        assert!(places.take() && places.take());
        assert!(!places.give_back(), "nobody waits");
        assert!(places.take() && !places.take());
        assert!(places.give_back(), "somebody waits");
        assert!(!places.give_back(), "who was told waits no more");
    }
}
