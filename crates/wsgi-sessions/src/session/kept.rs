//! The record of a session in the store, as far as a request has to remember it.

use std::time::{Duration, SystemTime};

use super::id::Id;
use crate::sessions::Shared;
use crate::{Error, Record, Version};

/// What is known of the record in the store, beside its data and its annex.
#[derive(Clone, Copy)]
pub(crate) struct Kept {
    pub(crate) id: Id,
    pub(crate) version: Version,
    pub(crate) idle: Duration,
    pub(crate) idle_until: SystemTime,
    pub(crate) absolute_until: SystemTime,
    /// Whether a request has come with the id, as this one did unless it made the session.
    pub(crate) is_proved: bool,
}

impl Kept {
    pub(crate) fn of(id: Id, record: &Record, is_proved: bool) -> Self {
        Self {
            id,
            version: record.version,
            idle: record.idle,
            idle_until: record.idle_until,
            absolute_until: record.absolute_until,
            is_proved,
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

    /// Why the record is not in the store any more.
    pub(crate) fn gone(&self, now: SystemTime) -> Error {
        if now < self.idle_until.min(self.absolute_until) {
            Error::Ended
        } else {
            Error::Expired
        }
    }
}
