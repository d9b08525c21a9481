//! The stored record of a session, as far as a request remembers it.

use std::time::{Duration, SystemTime};

use super::{
    cookie::LONGEST,
    id::Id,
    lifetimes::{DAY, later},
};
use crate::{error::Error, record::Record, session::shared::Shared, version::Version};

/// The fields of the stored record, without its data and its annex.
#[derive(Clone, Copy)]
pub(crate) struct Kept {
    pub(crate) id: Id,
    pub(crate) version: Version,
    pub(crate) idle: Duration,
    pub(crate) idle_until: SystemTime,
    pub(crate) absolute_until: SystemTime,
    /// Whether a request has come with the id. This is true unless this request made the session.
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

    /// Whether the store must be told that the session was used.
    pub(crate) fn is_touch_due(&self, shared: &Shared, now: SystemTime) -> bool {
        // A record made with other lifetimes may idle for less than the interval. It is touched
        // each time.
        let left = self.idle.checked_sub(shared.lifetimes.touch_every);
        let due = self.idle_until.checked_sub(left.unwrap_or(self.idle));
        due.is_none_or(|due| due <= now)
    }

    /// Whether this is the first use on a day of UTC, and a browser that got the cookie at the last
    /// use forgets it before the session ends.
    pub(crate) fn outlasts_cookie(&self, now: SystemTime) -> bool {
        // Until the cookie comes back for the first time, the last use seems to be earlier than it
        // was. The cookie may then be set once too often, which does no harm.
        let last_use = self.idle_until.checked_sub(self.idle);
        last_use.is_some_and(|last_use| {
            day(last_use) != day(now) && later(last_use, LONGEST) < self.absolute_until
        })
    }

    /// Returns the reason why the record is no longer in the store.
    pub(crate) fn gone(&self, now: SystemTime) -> Error {
        if now < self.idle_until.min(self.absolute_until) {
            Error::Ended
        } else {
            Error::Expired
        }
    }
}

/// The number of a day of UTC.
fn day(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap_or_default().as_secs() / DAY.as_secs()
}
