//! The arguments of a renewal.

use std::time::{Duration, SystemTime};

use crate::{key::Key, record::Record, version::Version};

/// The arguments of [`Store::renew`](crate::Store::renew).
#[derive(Clone, Copy)]
pub(super) struct Renewal<'a> {
    pub(super) old: &'a Key,
    pub(super) expected: Version,
    pub(super) new: &'a Key,
    pub(super) record: &'a Record,
    pub(super) grace: Duration,
    pub(super) now: SystemTime,
}

impl Renewal<'_> {
    /// The time until which the old key can be read. A grace that cannot be expressed as a time
    /// counts as none.
    pub(super) fn end_of_grace(&self) -> SystemTime {
        self.now.checked_add(self.grace).unwrap_or(self.now)
    }
}
