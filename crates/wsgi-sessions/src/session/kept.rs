//! The record of a session in the store, as far as a request has to remember it.

use std::time::{Duration, SystemTime};

use crate::session::data::Data;
use crate::session::id::Id;
use crate::session::lifetimes::later;
use crate::sessions::Shared;
use crate::{Record, StoreError, Version, Write};

/// What is known of the record in the store, beside its data.
#[derive(Clone, Copy)]
pub(crate) struct Kept {
    pub(crate) id: Id,
    pub(crate) version: Version,
    pub(crate) idle: Duration,
    pub(crate) idle_until: SystemTime,
    pub(crate) absolute_until: SystemTime,
}

impl Kept {
    pub(crate) fn of(id: Id, record: &Record) -> Self {
        Self {
            id,
            version: record.version,
            idle: record.idle,
            idle_until: record.idle_until,
            absolute_until: record.absolute_until,
        }
    }

    /// Whether the store has to be told that the session is used.
    pub(crate) fn is_touch_due(&self, shared: &Shared, now: SystemTime) -> bool {
        // A record made with other lifetimes may idle for less than the interval;
        // it is touched each time.
        let left = self.idle.checked_sub(shared.lifetimes.touch_every);
        let due = self.idle_until.checked_sub(left.unwrap_or(self.idle));
        due.is_none_or(|due| due <= now)
    }

    /// Replaces the record, unless it has changed.
    pub(crate) fn save(
        &self,
        shared: &Shared,
        record: &Record,
        now: SystemTime,
    ) -> Result<(Id, Write), StoreError> {
        let save = shared.store.save(&self.id.key(), self.version, record, now);
        Ok((self.id, save?))
    }

    /// Moves the session to a record under a new id, unless the old one has changed.
    ///
    /// The new record is there before the old one goes, so that a failure between
    /// the two leaves the session under its old id. After both, the new id is the
    /// only one, and the browser must be told of it even by the answer to an error:
    /// see [`Session::cookie`](crate::Session::cookie).
    pub(crate) fn renew(
        &self,
        shared: &Shared,
        record: &Record,
        now: SystemTime,
    ) -> Result<(Id, Write), StoreError> {
        let (id, old) = (Id::random()?, self.id.key());
        let grace = shared.lifetimes.grace;
        let renew = shared
            .store
            .renew(&old, self.version, &id.key(), record, grace, now);
        Ok((id, renew?))
    }
}

impl Data {
    /// A new record of this data.
    pub(crate) fn record(
        &self,
        shared: &Shared,
        absolute_until: SystemTime,
        now: SystemTime,
    ) -> Result<Record, StoreError> {
        let idle = shared.lifetimes.idle;
        let record = Record {
            version: Version::random()?,
            data: self.encode(),
            idle,
            idle_until: later(now, idle),
            absolute_until,
            annex: None,
        };
        record.check_size()?;
        Ok(record)
    }
}
