//! A store whose operations are counted.

use std::time::{Duration, SystemTime};

use crate::{
    key::Key,
    listed::Listed,
    record::Record,
    store::{Load, Store, Write},
    store_error::StoreError,
    store_metrics::{Operation, StoreMetrics, StoreResult},
    version::Version,
};

/// A store whose operations are counted. [`StoreMetrics::around`] makes it.
///
/// ```
/// use wsgi_sessions::{MemoryStore, StoreMetrics};
///
/// let metrics = StoreMetrics::new("memory");
/// let store = metrics.around(MemoryStore::new());
/// assert!(store.store().is_empty());
/// ```
#[derive(Debug)]
pub struct MeasuredStore<S> {
    store: S,
    metrics: StoreMetrics,
}

impl StoreMetrics {
    /// The store, whose operations are counted here from now on.
    #[must_use]
    pub fn around<S>(&self, store: S) -> MeasuredStore<S> {
        let metrics = self.clone();
        MeasuredStore { store, metrics }
    }
}

impl<S> MeasuredStore<S> {
    /// The store.
    #[must_use]
    pub fn store(&self) -> &S {
        &self.store
    }

    /// Counts an operation, whose result is this if it is not an error.
    fn count<T>(
        &self,
        operation: Operation,
        result: Result<T, StoreError>,
        of: impl FnOnce(&T) -> StoreResult,
    ) -> Result<T, StoreError> {
        let kind = result.as_ref().map_or(StoreResult::Error, of);
        self.metrics.add(operation, kind);
        result
    }
}

fn of_write(write: &Write) -> StoreResult {
    match write {
        Write::Done => StoreResult::Done,
        Write::Conflict(_) => StoreResult::Conflict,
        Write::Retired => StoreResult::Retired,
        Write::Gone => StoreResult::Absent,
    }
}

fn of_found(is_found: &bool) -> StoreResult {
    match is_found {
        true => StoreResult::Done,
        false => StoreResult::Absent,
    }
}

impl<S: Store> Store for MeasuredStore<S> {
    fn create(&self, key: &Key, record: &Record, now: SystemTime) -> Result<(), StoreError> {
        let result = self.store.create(key, record, now);
        self.count(Operation::Create, result, |()| StoreResult::Done)
    }

    fn load(&self, key: &Key, now: SystemTime) -> Result<Load, StoreError> {
        let result = self.store.load(key, now);
        self.count(Operation::Load, result, |load| match load {
            Load::Found(_) => StoreResult::Done,
            Load::Retired(_) => StoreResult::Retired,
            Load::Absent => StoreResult::Absent,
        })
    }

    fn save(
        &self,
        key: &Key,
        expected: Version,
        record: &Record,
        now: SystemTime,
    ) -> Result<Write, StoreError> {
        let result = self.store.save(key, expected, record, now);
        self.count(Operation::Save, result, of_write)
    }

    fn touch(
        &self,
        key: &Key,
        idle_until: SystemTime,
        now: SystemTime,
    ) -> Result<bool, StoreError> {
        let result = self.store.touch(key, idle_until, now);
        self.count(Operation::Touch, result, of_found)
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
        let result = self.store.renew(old, expected, new, record, grace, now);
        self.count(Operation::Renew, result, of_write)
    }

    fn end(&self, key: &Key, now: SystemTime) -> Result<bool, StoreError> {
        let result = self.store.end(key, now);
        self.count(Operation::End, result, of_found)
    }

    fn end_all(&self, owner: &str, now: SystemTime) -> Result<usize, StoreError> {
        let result = self.store.end_all(owner, now);
        self.count(Operation::EndAll, result, |_| StoreResult::Done)
    }

    fn list(&self, owner: &str, now: SystemTime) -> Result<Vec<Listed>, StoreError> {
        let result = self.store.list(owner, now);
        self.count(Operation::List, result, |_| StoreResult::Done)
    }

    fn sweep(&self, now: SystemTime, at_most: usize) -> Result<usize, StoreError> {
        let result = self.store.sweep(now, at_most);
        self.count(Operation::Sweep, result, |_| StoreResult::Done)
    }
}
