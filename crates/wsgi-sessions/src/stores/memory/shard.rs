//! A part of the store with its own lock.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    hash::BuildHasherDefault,
    ops::{Deref, DerefMut},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use super::{key_hasher::KeyHasher, queue::Queue, slot::Slot};
use crate::key::Key;

/// Number of shards.
pub(super) const SHARDS: usize = 64;

/// Returns the shard of a key. The map inside hashes by the first bytes, so this uses the last.
pub(super) fn place(key: &Key) -> usize {
    usize::from(key.as_bytes()[31]) % SHARDS
}

/// Number of entries that the queue of ends may have beyond twice the slots, so that a small shard
/// is not cleaned up all the time.
const SPARE_ENDS: usize = 64;

/// A part of the store: its slots, and the orders in which they may go.
#[derive(Default)]
pub(super) struct Shard {
    slots: HashMap<Key, Slot, BuildHasherDefault<KeyHasher>>,
    ends: BinaryHeap<Reverse<(SystemTime, Key)>>,
    unproved: Queue,
    copies: Queue,
}

impl Shard {
    /// Returns the slot of a key, unless it is over.
    pub(super) fn standing(&self, key: &Key, now: SystemTime) -> Option<&Slot> {
        self.slots.get(key).filter(|slot| now < slot.end())
    }

    pub(super) fn standing_mut(&mut self, key: &Key, now: SystemTime) -> Option<&mut Slot> {
        self.slots.get_mut(key).filter(|slot| now < slot.end())
    }

    /// Returns the slot of a key, even if it is over.
    pub(super) fn get(&self, key: &Key) -> Option<&Slot> {
        self.slots.get(key)
    }

    /// Adds a slot under a key that has none.
    pub(super) fn insert(&mut self, key: &Key, slot: Slot) {
        match &slot {
            Slot::Live { unproved, .. } => {
                if let Some(place) = unproved {
                    self.unproved.push(*place, key);
                }
            }
            Slot::Retired { place, .. } => self.copies.push(*place, key),
        }
        let end = slot.end();
        self.slots.insert(*key, slot);
        self.expect_end(end, key);
    }

    /// Removes a slot, even if it is over.
    pub(super) fn remove(&mut self, key: &Key) -> Option<Slot> {
        let slot = self.slots.remove(key)?;
        match slot {
            Slot::Live {
                unproved: Some(_), ..
            } => self.unproved.forget(is_unproved(&self.slots)),
            Slot::Retired { .. } => self.copies.forget(is_copy(&self.slots)),
            Slot::Live { .. } => {}
        }
        Some(slot)
    }

    /// Records that the cookie of a live session has come back.
    pub(super) fn prove(&mut self, key: &Key) {
        if let Some(Slot::Live { unproved, .. }) = self.slots.get_mut(key)
            && unproved.take().is_some()
        {
            self.unproved.forget(is_unproved(&self.slots));
        }
    }

    /// Removes one slot that is over, after looking at no more than `at_most` entries, which is
    /// counted down.
    pub(super) fn take_over(
        &mut self,
        now: SystemTime,
        at_most: &mut usize,
    ) -> Option<(Key, Slot)> {
        while *at_most > 0 {
            let Reverse((end, key)) = self.ends.peek()?;
            if *end > now {
                return None;
            }
            let key = *key;
            self.ends.pop();
            *at_most -= 1;
            let Some(slot) = self.slots.get(&key) else {
                continue;
            };
            let end = slot.end();
            if end <= now {
                return self.remove(&key).map(|slot| (key, slot));
            }
            self.ends.push(Reverse((end, key)));
        }
        None
    }

    /// Removes the copy that comes up next. Returns `None` if the next entry no longer counts.
    pub(super) fn take_copy(&mut self) -> Option<(Key, Slot)> {
        let (place, key) = self.copies.pop()?;
        let counts = is_copy(&self.slots)(place, &key);
        counts.then(|| self.remove(&key).map(|slot| (key, slot)))?
    }

    /// Removes the unproved session that comes up next. Returns `None` if the next entry no longer
    /// counts.
    pub(super) fn take_unproved(&mut self) -> Option<(Key, Slot)> {
        let (place, key) = self.unproved.pop()?;
        let counts = is_unproved(&self.slots)(place, &key);
        counts.then(|| self.remove(&key).map(|slot| (key, slot)))?
    }

    /// Notes the time at which a key may be over. A later time than that of its last entry need not
    /// be noted.
    ///
    /// A session that ended early leaves an entry for its former deadline. Such entries do not make
    /// up more than half of the queue for long, so repeated logins and logouts do not fill the
    /// memory.
    pub(super) fn expect_end(&mut self, end: SystemTime, key: &Key) {
        self.ends.push(Reverse((end, *key)));
        if self.ends.len() > 2 * self.slots.len() + SPARE_ENDS {
            let end = |(key, slot): (&Key, &Slot)| Reverse((slot.end(), *key));
            self.ends = self.slots.iter().map(end).collect();
        }
    }

    /// Returns the number of entries in all queues.
    #[cfg(test)]
    pub(super) fn queued(&self) -> usize {
        self.ends.len() + self.unproved.len() + self.copies.len()
    }
}

type Slots = HashMap<Key, Slot, BuildHasherDefault<KeyHasher>>;

fn is_unproved(slots: &Slots) -> impl Fn(u64, &Key) -> bool {
    |at, key| match slots.get(key) {
        Some(Slot::Live { unproved, .. }) => *unproved == Some(at),
        _ => false,
    }
}

fn is_copy(slots: &Slots) -> impl Fn(u64, &Key) -> bool {
    |at, key| matches!(slots.get(key), Some(Slot::Retired { place, .. }) if *place == at)
}

/// A shard with its lock, and what was next in it when it was last unlocked.
#[derive(Default)]
pub(super) struct Guarded {
    shard: Mutex<Shard>,
    next: Next,
}

/// The slots that are next in a shard. A search for room reads this without a lock.
pub(super) struct Next {
    /// The time at which the first slot may be over, in milliseconds since 1970.
    pub(super) end: AtomicU64,
    /// The place of the first copy.
    pub(super) copy: AtomicU64,
    /// The place of the first unproved session.
    pub(super) unproved: AtomicU64,
}

impl Default for Next {
    fn default() -> Self {
        let [end, copy, unproved] = [(); 3].map(|()| AtomicU64::new(u64::MAX));
        Self {
            end,
            copy,
            unproved,
        }
    }
}

/// A shard that is locked for changes.
pub(super) struct Locked<'a> {
    shard: MutexGuard<'a, Shard>,
    next: &'a Next,
}

impl Guarded {
    /// Locks the shard for reading.
    pub(super) fn read(&self) -> MutexGuard<'_, Shard> {
        // No step between two changes of a shard can panic.
        self.shard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks the shard for changes.
    pub(super) fn lock(&self) -> Locked<'_> {
        Locked {
            shard: self.read(),
            next: &self.next,
        }
    }

    pub(super) fn next(&self) -> &Next {
        &self.next
    }
}

impl Deref for Locked<'_> {
    type Target = Shard;

    fn deref(&self) -> &Shard {
        &self.shard
    }
}

impl DerefMut for Locked<'_> {
    fn deref_mut(&mut self) -> &mut Shard {
        &mut self.shard
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        let end = self.shard.ends.peek();
        let end = end.map_or(u64::MAX, |Reverse((end, _))| millis(*end));
        self.next.end.store(end, Ordering::Relaxed);
        let copy = self.shard.copies.first();
        self.next.copy.store(copy, Ordering::Relaxed);
        let unproved = self.shard.unproved.first();
        self.next.unproved.store(unproved, Ordering::Relaxed);
    }
}

/// Converts a time for comparison with others of these, rounded down.
pub(super) fn millis(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
