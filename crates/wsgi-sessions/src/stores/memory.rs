//! A store in memory: sharded, limited, and swept by its own writes.
//!
//! Each shard has a map, and a queue of the times at which its entries may be over. The queue is
//! not exact: a touch or a save leaves it alone, unless the entry would come up too late. One that
//! comes up too early is put back with its current time. Leftovers of ended sessions are dropped
//! before they outgrow the map.
//!
//! Two more queues hold the order in which copies and unproved sessions go when there is no room.
//! An operation on several keys locks all their shards, in the order of the shards.

mod key_hasher;
mod locking;
mod meter;
mod owners;
mod queue;
mod renewing;
mod room;
mod shard;
mod slot;
mod writing;

use std::{
    fmt,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
    time::{Duration, SystemTime},
};

use self::{
    locking::Several,
    meter::Meter,
    owners::Owners,
    shard::{Guarded, SHARDS, Shard, place},
    slot::{Slot, size},
};
use crate::{
    key::Key,
    listed::Listed,
    record::Record,
    store::{Load, Store, Write},
    store_error::StoreError,
    stores::renewal::Renewal,
    version::Version,
};

/// A store in the memory of this process, which ends with it.
///
/// The number of sessions and the bytes of their data are limited. A full store first removes
/// sessions that are over, then the copies that retired ids read, then sessions whose cookie has
/// not come back yet, the oldest first. It never removes another live session, but refuses new ones
/// with [`StoreError::Full`]. So nobody can log others out by asking for sessions.
///
/// A session takes about 250 bytes besides its data. The store needs no sweeping from outside.
///
/// ```
/// use wsgi_sessions::MemoryStore;
///
/// let store = MemoryStore::new().max_sessions(1_000).max_bytes(16 << 20);
/// assert!(store.is_empty());
/// ```
pub struct MemoryStore {
    shards: [Guarded; SHARDS],
    owners: Owners,
    /// The shard at which the next sweep from outside begins.
    next: AtomicUsize,
    /// Counts the entries of the queues.
    places: AtomicU64,
    sessions: Meter,
    copies: Meter,
    bytes: Meter,
}

impl MemoryStore {
    /// The default of [`max_sessions`](Self::max_sessions).
    pub const DEFAULT_MAX_SESSIONS: usize = 100_000;

    /// The default of [`max_bytes`](Self::max_bytes): 256 MiB.
    pub const DEFAULT_MAX_BYTES: usize = 256 << 20;

    /// An empty store with the default limits.
    #[must_use]
    pub fn new() -> Self {
        Self {
            shards: std::array::from_fn(|_| Guarded::default()),
            owners: Owners::default(),
            next: AtomicUsize::new(0),
            places: AtomicU64::new(0),
            sessions: Meter::new(Self::DEFAULT_MAX_SESSIONS),
            copies: Meter::new(Self::DEFAULT_MAX_SESSIONS),
            bytes: Meter::new(Self::DEFAULT_MAX_BYTES),
        }
    }

    /// Limits the number of sessions, by default to
    /// [`DEFAULT_MAX_SESSIONS`](Self::DEFAULT_MAX_SESSIONS).
    ///
    /// Retired ids do not count. The copies that they read have the same limit of their own.
    #[must_use]
    pub fn max_sessions(mut self, max: usize) -> Self {
        self.sessions.limit(max);
        self.copies.limit(max);
        self
    }

    /// Limits the bytes of data in all sessions together, by default to
    /// [`DEFAULT_MAX_BYTES`](Self::DEFAULT_MAX_BYTES).
    ///
    /// The copies that retired ids read count as well.
    #[must_use]
    pub fn max_bytes(mut self, max: usize) -> Self {
        self.bytes.limit(max);
        self
    }

    /// Returns the number of sessions, including those that are over but not removed yet.
    pub fn len(&self) -> usize {
        self.sessions.used()
    }

    /// Whether the store has no session.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn shard(&self, key: &Key) -> &Guarded {
        &self.shards[place(key)]
    }

    fn next_place(&self) -> u64 {
        self.places.fetch_add(1, Ordering::Relaxed)
    }

    fn add(&self, shard: &mut Shard, key: &Key, slot: Slot) {
        self.owners.add(slot.record(), key);
        shard.insert(key, slot);
    }

    /// Removes a slot, even if it is over, and releases what it held.
    fn remove(&self, shard: &mut Shard, key: &Key) -> Option<Slot> {
        let slot = shard.remove(key)?;
        self.release(key, &slot);
        Some(slot)
    }

    /// Releases what a slot held.
    fn release(&self, key: &Key, slot: &Slot) {
        self.owners.remove(slot.record(), key);
        self.bytes.give(size(slot.record()));
        if slot.is_live() {
            self.sessions.give(1);
        } else {
            self.copies.give(1);
        }
    }

    /// Removes slots that are over from a shard, looking at no more than `at_most`, which is
    /// counted down.
    fn clear(&self, shard: &mut Shard, now: SystemTime, at_most: &mut usize) -> usize {
        let mut removed = 0;
        while let Some((key, slot)) = shard.take_over(now, at_most) {
            self.release(&key, &slot);
            removed += 1;
        }
        removed
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl Store for MemoryStore {
    fn create(&self, key: &Key, record: &Record, now: SystemTime) -> Result<(), StoreError> {
        record.check_size()?;
        self.with_room(now, |_| self.insert(key, record, now))
    }

    fn load(&self, key: &Key, now: SystemTime) -> Result<Load, StoreError> {
        Ok(match self.shard(key).read().standing(key, now) {
            Some(Slot::Live { record, .. }) => Load::Found(record.clone()),
            Some(Slot::Retired { record, .. }) => Load::Retired(record.clone()),
            None => Load::Absent,
        })
    }

    fn save(
        &self,
        key: &Key,
        expected: Version,
        record: &Record,
        now: SystemTime,
    ) -> Result<Write, StoreError> {
        record.check_size()?;
        self.with_room(now, |_| self.replace(key, expected, record, now))
    }

    fn touch(
        &self,
        key: &Key,
        idle_until: SystemTime,
        now: SystemTime,
    ) -> Result<bool, StoreError> {
        let mut shard = self.shard(key).lock();
        let Some(Slot::Live { record, .. }) = shard.standing_mut(key, now) else {
            return Ok(false);
        };
        record.idle_until = record.idle_until.max(idle_until);
        shard.prove(key);
        Ok(true)
    }

    fn renew(
        &self,
        old: &Key,
        expected: Version,
        new: &Key,
        record: &Record,
        grace: Duration,
        now: SystemTime,
    ) -> Result<Write, StoreError> {
        record.check_size()?;
        self.rename(&Renewal {
            old,
            expected,
            new,
            record,
            grace,
            now,
        })
    }

    fn end(&self, key: &Key, now: SystemTime) -> Result<bool, StoreError> {
        let mut shard = self.shard(key).lock();
        let stands_alone = |slot: &Slot| slot.record().retired_keys().is_empty();
        if shard.standing(key, now).is_none_or(stands_alone) {
            let slot = self.remove(&mut shard, key);
            return Ok(slot.is_some_and(|slot| now < slot.end()));
        }
        drop(shard);
        let mut shards = Several::all(&self.shards);
        Ok(self.end_in(&mut shards, key, now).is_some())
    }

    fn end_all(&self, owner: &str, now: SystemTime) -> Result<usize, StoreError> {
        let mut shards = Several::all(&self.shards);
        let keys = self.owners.keys(owner).into_iter();
        let ended = keys.filter_map(|key| self.take_out(&mut shards, &key, now));
        // A copy has retired keys that end with it, as every session does.
        let ended: Vec<_> = ended.collect();
        for slot in &ended {
            self.end_retired(&mut shards, slot);
        }
        Ok(ended.iter().filter(|slot| slot.is_live()).count())
    }

    fn list(&self, owner: &str, now: SystemTime) -> Result<Vec<Listed>, StoreError> {
        // Locks all shards, so that no session is missed while it moves from one key to another.
        let mut shards = Several::all(&self.shards);
        let mut listed = |key: Key| match shards.shard(&key).standing(&key, now) {
            Some(Slot::Live { record, .. }) => Listed::of(&key, record),
            _ => None,
        };
        let keys = self.owners.keys(owner).into_iter();
        Ok(keys.filter_map(&mut listed).collect())
    }

    fn sweep(&self, now: SystemTime, at_most: usize) -> Result<usize, StoreError> {
        let (mut removed, mut left) = (0, at_most);
        let first = self.next.load(Ordering::Relaxed);
        for shard in (first..first + SHARDS).map(|shard| shard % SHARDS) {
            removed += self.clear(&mut self.shards[shard].lock(), now, &mut left);
            if left == 0 {
                self.next.store(shard, Ordering::Relaxed);
                break;
            }
        }
        Ok(removed)
    }
}

/// Shows the size of the contents, but not the contents.
impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("sessions", &self.sessions.used())
            .field("bytes", &self.bytes.used())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
