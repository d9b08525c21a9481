//! A queue of keys, in the order in which they are removed.

use std::collections::VecDeque;

use crate::key::Key;

/// Number of entries that a queue may have beyond twice those that count, so that a short queue is
/// not cleaned up all the time.
const SPARE: usize = 64;

/// A queue of keys, in the order in which they are removed. Each has a place in the order over all
/// shards.
///
/// An entry that no longer counts stays until it comes up. It is recognized by its place, because
/// the slot of its key is gone or has another place. Such entries do not make up more than half of
/// the queue for long.
#[derive(Default)]
pub(super) struct Queue {
    entries: VecDeque<(u64, Key)>,
    counting: usize,
}

impl Queue {
    /// Returns the place of the next entry, or [`u64::MAX`] if there is none.
    pub(super) fn first(&self) -> u64 {
        self.entries.front().map_or(u64::MAX, |(place, _)| *place)
    }

    pub(super) fn push(&mut self, place: u64, key: &Key) {
        self.entries.push_back((place, *key));
        self.counting += 1;
    }

    /// Removes the next entry. This does not change whether it counts.
    pub(super) fn pop(&mut self) -> Option<(u64, Key)> {
        self.entries.pop_front()
    }

    /// Records that an entry no longer counts.
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
