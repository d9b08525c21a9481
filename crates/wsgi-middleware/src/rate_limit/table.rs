//! The memory of a rate limit: a table of a fixed size.
//!
//! A key has one bucket, and may be at any place in it. A bucket has its own lock, which is held
//! for a search of 16 entries. Two invariants bound what a flood of keys can do: the table never
//! grows, and a new key replaces the entry with the earliest arrival time, which is the one whose
//! quota is full already or will be full first.

use std::{
    hash::{BuildHasher, Hash, RandomState},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::quota::{Quota, Verdict};

const ENTRIES_IN_BUCKET: usize = 16;

/// A keyed hash of 128 bits, which stands for a key. Two keys have the same one practically never.
pub(crate) type KeyHash = [u64; 2];

pub(crate) struct Table {
    buckets: Box<[Mutex<[Entry; ENTRIES_IN_BUCKET]>]>,
    /// Randomly keyed hashers, so that no client can find keys for a bucket of its choice.
    hashers: [RandomState; 2],
}

/// The state of a key. An arrival time that is over is the same as no entry.
#[derive(Clone, Copy, Default)]
struct Entry {
    key: KeyHash,
    arrival: u128,
}

impl Table {
    /// A table for this number of keys, rounded up to whole buckets.
    pub(crate) fn new(max_keys: usize) -> Self {
        let buckets = max_keys.div_ceil(ENTRIES_IN_BUCKET).max(1);
        Self {
            buckets: (0..buckets).map(|_| Mutex::default()).collect(),
            hashers: [RandomState::new(), RandomState::new()],
        }
    }

    pub(crate) fn max_keys(&self) -> usize {
        self.buckets.len() * ENTRIES_IN_BUCKET
    }

    /// The hash that stands for a key.
    pub(crate) fn hash(&self, key: &impl Hash) -> KeyHash {
        self.hashers.each_ref().map(|hasher| hasher.hash_one(key))
    }

    /// Decides on a request with a key.
    pub(super) fn admit(&self, key: KeyHash, quota: &Quota, now: Duration) -> Verdict {
        self.with_arrival(key, |arrival| quota.admit(arrival, now))
    }

    /// Counts a request with a key, also one over the quota.
    #[cfg(any(feature = "basic-auth", feature = "digest-auth"))]
    pub(crate) fn charge(&self, key: KeyHash, quota: &Quota, now: Duration) {
        self.with_arrival(key, |arrival| quota.charge(arrival, now));
    }

    /// Returns the seconds until a request with a key would be admitted, or `None` if it would be
    /// now. It counts nothing.
    #[cfg(any(feature = "basic-auth", feature = "digest-auth"))]
    pub(crate) fn wait(&self, key: KeyHash, quota: &Quota, now: Duration) -> Option<u64> {
        let bucket = self.bucket(key);
        let mut arrival = bucket.iter().find(|entry| entry.key == key)?.arrival;
        let verdict = quota.admit(&mut arrival, now);
        (!verdict.is_admitted).then_some(verdict.wait)
    }

    fn with_arrival<R>(&self, key: KeyHash, action: impl FnOnce(&mut u128) -> R) -> R {
        let mut bucket = self.bucket(key);
        let mut earliest = 0;
        for (index, entry) in bucket.iter().enumerate() {
            if entry.key == key {
                return action(&mut bucket[index].arrival);
            }
            // Mutant: with `<=`, the last of equal entries goes instead of the first.
            if entry.arrival < bucket[earliest].arrival {
                earliest = index;
            }
        }
        let entry = &mut bucket[earliest];
        *entry = Entry { key, arrival: 0 };
        action(&mut entry.arrival)
    }

    fn bucket(&self, key: KeyHash) -> MutexGuard<'_, [Entry; ENTRIES_IN_BUCKET]> {
        let bucket = &self.buckets[self.place(key)];
        bucket.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The place of a key's bucket: the first half of the hash, scaled to the number of buckets.
    fn place(&self, [hash, _]: KeyHash) -> usize {
        let place = u128::from(hash) * self.buckets.len() as u128;
        (place >> 64) as usize
    }
}
