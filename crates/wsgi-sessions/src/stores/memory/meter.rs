//! An amount with a limit.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::store_error::StoreError;

/// An amount that many threads use, up to a limit.
pub(super) struct Meter {
    used: AtomicUsize,
    limit: usize,
}

impl Meter {
    pub(super) const fn new(limit: usize) -> Self {
        let used = AtomicUsize::new(0);
        Self { used, limit }
    }

    pub(super) fn limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    pub(super) fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    pub(super) fn take(&self, amount: usize) -> Result<(), StoreError> {
        let more = |used: usize| used.checked_add(amount).filter(|sum| *sum <= self.limit);
        let taken = self
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        taken.map(drop).map_err(|_| StoreError::Full)
    }

    pub(super) fn give(&self, amount: usize) {
        self.used.fetch_sub(amount, Ordering::Relaxed);
    }
}
