//! The keys of each owner's sessions.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{key::Key, record::Record};

/// The keys of each owner's sessions and copies.
///
/// Its lock is taken while shards are locked. No shard is locked while it is held.
#[derive(Default)]
pub(super) struct Owners(Mutex<HashMap<Box<str>, HashSet<Key>>>);

impl Owners {
    pub(super) fn add(&self, record: &Record, key: &Key) {
        let Some(owner) = record.owner() else {
            return;
        };
        let mut owners = self.lock();
        match owners.get_mut(owner) {
            Some(keys) => keys.insert(*key),
            None => owners.entry(owner.into()).or_default().insert(*key),
        };
    }

    pub(super) fn remove(&self, record: &Record, key: &Key) {
        let Some(owner) = record.owner() else {
            return;
        };
        let mut owners = self.lock();
        if let Entry::Occupied(mut keys) = owners.entry(owner.into()) {
            keys.get_mut().remove(key);
            if keys.get().is_empty() {
                keys.remove();
            }
        }
    }

    pub(super) fn keys(&self, owner: &str) -> Vec<Key> {
        let owners = self.lock();
        let keys = owners.get(owner).into_iter().flatten();
        keys.copied().collect()
    }

    /// Returns the number of owners.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Box<str>, HashSet<Key>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
