//! Sessions in memory: sharded, bounded, and swept as it goes.
//!
//! Each shard has a map and a queue of the times at which something in it may be
//! over. The queue is not kept exact: a touch or a save leaves it alone, and an
//! entry that comes up too early is put back with the time that holds by then.
//! What a retired session leaves in it is dropped before it outgrows the map.

mod key_hasher;
mod meter;

use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{BinaryHeap, HashMap};
use std::fmt;
use std::hash::BuildHasherDefault;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use self::key_hasher::KeyHasher;
use self::meter::Meter;
use crate::{Key, Load, Record, Store, StoreError, Version, Write};

const SHARDS: usize = 64;

/// How much each write that adds something clears away in its shard: more than it
/// adds, so that what is over never piles up.
const SWEPT_BY_A_WRITE: usize = 4;

/// How many entries a shard's queue may have beyond two for each slot: a few, so that
/// a small shard is not put in order all the time.
const SPARE_ENDS: usize = 64;

/// Keeps sessions in the memory of this process, and loses them with it.
///
/// It is bounded in the number of sessions and the bytes of their data. When it
/// is full it first clears away what is over, and then refuses new sessions with
/// [`StoreError::Full`]: it never gives up one that lives, so nobody can log
/// others out by asking for sessions.
///
/// It costs about 200 bytes a session beside the data and needs no sweeping from
/// outside.
///
/// ```
/// use wsgi_sessions::MemoryStore;
///
/// let store = MemoryStore::with_limits(1_000, 16 << 20);
/// assert!(store.is_empty());
/// ```
pub struct MemoryStore {
    shards: [Mutex<Shard>; SHARDS],
    /// Where the next sweep from outside begins.
    next: AtomicUsize,
    sessions: Meter,
    bytes: Meter,
}

#[derive(Default)]
struct Shard {
    slots: HashMap<Key, Slot, BuildHasherDefault<KeyHasher>>,
    ends: BinaryHeap<Reverse<(SystemTime, Key)>>,
}

enum Slot {
    Live(Record),
    Retired { until: SystemTime },
}

impl MemoryStore {
    /// Sessions a store takes unless told otherwise, retired ids among them.
    pub const SESSIONS: usize = 100_000;

    /// Bytes of data a store takes unless told otherwise: 256 MiB.
    pub const BYTES: usize = 256 << 20;

    /// A store of [`SESSIONS`](Self::SESSIONS) and [`BYTES`](Self::BYTES).
    pub fn new() -> Self {
        Self::with_limits(Self::SESSIONS, Self::BYTES)
    }

    /// A store of at most so many sessions, and so many bytes of data in all of
    /// them together.
    pub fn with_limits(sessions: usize, bytes: usize) -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
            next: AtomicUsize::new(0),
            sessions: Meter::new(sessions),
            bytes: Meter::new(bytes),
        }
    }

    /// How many sessions it holds, with those that are over and not cleared away,
    /// and with retired ids.
    pub fn len(&self) -> usize {
        self.sessions.used()
    }

    /// Whether it holds no session.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn shard(&self, key: &Key) -> MutexGuard<'_, Shard> {
        // The map inside hashes by the first bytes; this takes the last.
        self.lock(usize::from(key.as_bytes()[31]) % SHARDS)
    }

    fn lock(&self, shard: usize) -> MutexGuard<'_, Shard> {
        // No step between two changes of a shard can panic.
        let lock = self.shards[shard].lock();
        lock.unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a write that needs room; where there is none, once more after
    /// everything that is over was cleared away.
    fn with_room<T>(
        &self,
        now: SystemTime,
        mut write: impl FnMut() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match write() {
            Err(StoreError::Full) if self.sweep(now, usize::MAX)? > 0 => write(),
            other => other,
        }
    }

    fn insert(&self, key: &Key, record: &Record, now: SystemTime) -> Result<(), StoreError> {
        let mut shard = self.shard(key);
        self.clear(&mut shard, now, SWEPT_BY_A_WRITE);
        match shard.standing(key, now) {
            Some(Slot::Live(standing)) if standing.version == record.version => return Ok(()),
            Some(_) => return Err(StoreError::Exists),
            None => {}
        }
        // What may stand there is over, and gives its place.
        if let Some(slot) = shard.slots.remove(key) {
            self.release(&slot);
        }
        self.sessions.take(1)?;
        if let Err(full) = self.bytes.take(record.data.len()) {
            self.sessions.give(1);
            return Err(full);
        }
        shard.slots.insert(*key, Slot::Live(record.clone()));
        shard.expect_end(record.expires(), key);
        Ok(())
    }

    fn replace(
        &self,
        key: &Key,
        expected: Version,
        record: &Record,
        now: SystemTime,
    ) -> Result<Write, StoreError> {
        let mut shard = self.shard(key);
        let Some(Slot::Live(standing)) = shard.standing(key, now) else {
            return Ok(Write::Gone);
        };
        if standing.version == record.version {
            return Ok(Write::Done);
        }
        if standing.version != expected {
            return Ok(Write::Conflict(standing.clone()));
        }
        let (old, new) = (standing.data.len(), record.data.len());
        self.bytes.take(new.saturating_sub(old))?;
        standing.clone_from(record);
        self.bytes.give(old.saturating_sub(new));
        Ok(Write::Done)
    }

    /// Takes what is over out of a shard, looking at no more than `at_most`.
    fn clear(&self, shard: &mut Shard, now: SystemTime, at_most: usize) -> Swept {
        let mut swept = Swept::default();
        while swept.seen < at_most {
            match shard.ends.peek() {
                Some(Reverse((end, _))) if *end <= now => {}
                _ => break,
            }
            let Some(Reverse((_, key))) = shard.ends.pop() else {
                break;
            };
            swept.seen += 1;
            let Entry::Occupied(slot) = shard.slots.entry(key) else {
                continue;
            };
            let end = slot.get().end();
            if end <= now {
                self.release(&slot.remove());
                swept.removed += 1;
            } else {
                shard.ends.push(Reverse((end, key)));
            }
        }
        swept
    }

    /// Gives back what a slot held.
    fn release(&self, slot: &Slot) {
        self.sessions.give(1);
        if let Slot::Live(record) = slot {
            self.bytes.give(record.data.len());
        }
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
        self.with_room(now, || self.insert(key, record, now))
    }

    fn load(&self, key: &Key, now: SystemTime) -> Result<Load, StoreError> {
        Ok(match self.shard(key).standing(key, now) {
            Some(Slot::Live(record)) => Load::Found(record.clone()),
            Some(Slot::Retired { .. }) => Load::Retired,
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
        self.with_room(now, || self.replace(key, expected, record, now))
    }

    fn touch(
        &self,
        key: &Key,
        idle_until: SystemTime,
        now: SystemTime,
    ) -> Result<bool, StoreError> {
        let mut shard = self.shard(key);
        let Some(Slot::Live(record)) = shard.standing(key, now) else {
            return Ok(false);
        };
        record.idle_until = record.idle_until.max(idle_until);
        Ok(true)
    }

    fn retire(
        &self,
        key: &Key,
        expected: Option<Version>,
        grace: Duration,
        now: SystemTime,
    ) -> Result<Write, StoreError> {
        let mut shard = self.shard(key);
        let Some(slot @ Slot::Live(_)) = shard.standing(key, now) else {
            return Ok(Write::Gone);
        };
        if let Slot::Live(record) = slot {
            if expected.is_some_and(|expected| expected != record.version) {
                return Ok(Write::Conflict(record.clone()));
            }
            self.bytes.give(record.data.len());
        }
        // A grace past the end of time is as good as none: it cannot be waited for.
        let until = now.checked_add(grace).unwrap_or(now);
        *slot = Slot::Retired { until };
        shard.expect_end(until, key);
        self.clear(&mut shard, now, SWEPT_BY_A_WRITE);
        Ok(Write::Done)
    }

    fn sweep(&self, now: SystemTime, at_most: usize) -> Result<usize, StoreError> {
        let (mut removed, mut left) = (0, at_most);
        let first = self.next.load(Ordering::Relaxed);
        for shard in (first..first + SHARDS).map(|shard| shard % SHARDS) {
            let swept = self.clear(&mut self.lock(shard), now, left);
            removed += swept.removed;
            left -= swept.seen;
            if left == 0 {
                self.next.store(shard, Ordering::Relaxed);
                break;
            }
        }
        Ok(removed)
    }
}

/// Shows how much it holds, and none of it.
impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("sessions", &self.sessions.used())
            .field("bytes", &self.bytes.used())
            .finish_non_exhaustive()
    }
}

impl Shard {
    /// What stands under a key, unless it is over.
    fn standing(&mut self, key: &Key, now: SystemTime) -> Option<&mut Slot> {
        self.slots.get_mut(key).filter(|slot| now < slot.end())
    }

    /// Has a key looked at when it may be over.
    ///
    /// A session that ended early leaves an entry for the deadline it would have
    /// had. Those never make more than half of the queue for long, so that logins
    /// and logouts in a row do not fill the memory.
    fn expect_end(&mut self, end: SystemTime, key: &Key) {
        self.ends.push(Reverse((end, *key)));
        if self.ends.len() > 2 * self.slots.len() + SPARE_ENDS {
            let end = |(key, slot): (&Key, &Slot)| Reverse((slot.end(), *key));
            self.ends = self.slots.iter().map(end).collect();
        }
    }
}

impl Slot {
    fn end(&self) -> SystemTime {
        match self {
            Self::Live(record) => record.expires(),
            Self::Retired { until } => *until,
        }
    }
}

#[derive(Default)]
struct Swept {
    seen: usize,
    removed: usize,
}

#[cfg(test)]
mod tests;
