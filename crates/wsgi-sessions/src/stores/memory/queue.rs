//! Keys in the order in which they are given up.

use std::collections::VecDeque;

use crate::Key;

/// How many entries a queue may have beyond two for each that counts: a few, so that a short one is
/// not put in order all the time.
const SPARE: usize = 64;

/// Keys in the order in which they are given up, each with its place in it over all shards.
///
/// An entry that does not count any more stays until it comes up, and is told by its place: the slot
/// of its key is gone by then, or has another. Those never make more than half of the queue for long.
#[derive(Default)]
pub(super) struct Queue {
    entries: VecDeque<(u64, Key)>,
    counting: usize,
}

impl Queue {
    /// The place of the entry that comes up next, [`u64::MAX`] where there is none.
    pub(super) fn first(&self) -> u64 {
        self.entries.front().map_or(u64::MAX, |(place, _)| *place)
    }

    pub(super) fn push(&mut self, place: u64, key: &Key) {
        self.entries.push_back((place, *key));
        self.counting += 1;
    }

    /// Takes out what comes up next; it goes on counting where it did.
    pub(super) fn pop(&mut self) -> Option<(u64, Key)> {
        self.entries.pop_front()
    }

    /// An entry does not count any more.
    pub(super) fn forget(&mut self, counts: impl Fn(u64, &Key) -> bool) {
        self.counting -= 1;
        if self.entries.len() > 2 * self.counting + SPARE {
            self.entries.retain(|(place, key)| counts(*place, key));
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}
