//! Making room for new data.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::SystemTime,
};

use super::{
    MemoryStore,
    shard::{Guarded, Next, Shard, millis},
    slot::Slot,
};
use crate::{key::Key, store_error::StoreError};

/// The lacking room of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Short {
    /// A place for one more session.
    Place,
    /// Bytes.
    Bytes,
    /// Bytes for a copy, which is optional.
    Copy,
}

/// The result of a write: an answer, or a lack of room.
pub(super) type Attempt<T> = Result<Result<T, StoreError>, Short>;

impl MemoryStore {
    /// Takes room for new sessions and bytes.
    pub(super) fn take(&self, sessions: usize, bytes: usize) -> Result<(), Short> {
        self.sessions.take(sessions).map_err(|_| Short::Place)?;
        self.bytes.take(bytes).map_err(|_| {
            self.sessions.give(sessions);
            Short::Bytes
        })
    }

    /// Repeats a write that may lack room, as long as room can be made. Tells it whether to keep no
    /// copy.
    pub(super) fn with_room<T>(
        &self,
        now: SystemTime,
        mut write: impl FnMut(bool) -> Attempt<T>,
    ) -> Result<T, StoreError> {
        let mut without_copy = false;
        loop {
            let short = match write(without_copy) {
                Ok(answer) => return answer,
                Err(short) => short,
            };
            if self.make_room(short, now) {
                continue;
            }
            if short != Short::Copy {
                return Err(StoreError::Full);
            }
            without_copy = true;
        }
    }

    /// Removes the slot that goes first, if one may go.
    fn make_room(&self, short: Short, now: SystemTime) -> bool {
        self.clear_over(now)
            || (short == Short::Bytes && self.give_up(Which::Copy))
            || (short != Short::Copy && self.give_up(Which::Unproved))
    }

    /// Removes some slots that are over, in any shard.
    fn clear_over(&self, now: SystemTime) -> bool {
        /// So that no write removes all of them, if one is enough.
        const AT_ONCE: usize = 64;
        let is_due = |end: u64| end <= millis(now);
        for shard in &self.shards {
            if !is_due(shard.next().end.load(Ordering::Relaxed)) {
                continue;
            }
            let mut removed = 0;
            let mut shard = shard.lock();
            let mut left = AT_ONCE;
            while let Some((key, slot)) = shard.take_over(now, &mut left) {
                self.release(&key, &slot);
                removed += 1;
                left = left.min(AT_ONCE - removed);
            }
            if removed > 0 {
                return true;
            }
        }
        false
    }

    /// Removes the first slot of its kind over all shards.
    fn give_up(&self, which: Which) -> bool {
        loop {
            let first = |shard: &Guarded| which.first(shard.next()).load(Ordering::Relaxed);
            // Each is read only once, because they change all the time.
            let firsts = self.shards.iter().map(|shard| (first(shard), shard));
            let there = firsts.filter(|(first, _)| *first < u64::MAX);
            let Some((_, shard)) = there.min_by_key(|(first, _)| *first) else {
                return false;
            };
            if let Some((key, slot)) = which.take(&mut shard.lock()) {
                self.release(&key, &slot);
                return true;
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Which {
    Copy,
    Unproved,
}

impl Which {
    fn first(self, next: &Next) -> &AtomicU64 {
        match self {
            Self::Copy => &next.copy,
            Self::Unproved => &next.unproved,
        }
    }

    fn take(self, shard: &mut Shard) -> Option<(Key, Slot)> {
        match self {
            Self::Copy => shard.take_copy(),
            Self::Unproved => shard.take_unproved(),
        }
    }
}
