//! How long sessions live, and how often that is written down.

use std::time::{Duration, SystemTime};

use crate::Error;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A hundred years: what is meant to be for ever, in a form one can add to a time.
const LONGEST: Duration = DAY.saturating_mul(36_525);

/// How long sessions live, and how often that is written down.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lifetimes {
    /// How long a session may go unused.
    pub(crate) idle: Duration,
    /// How long a session lives, whatever happens.
    pub(crate) absolute: Duration,
    /// How much time a use may come after the last one that was written down.
    pub(crate) touch_every: Duration,
    /// How long a session lives whose cookie has not come back yet.
    pub(crate) unproved: Duration,
    /// How long a retired id can be read.
    pub(crate) grace: Duration,
}

impl Lifetimes {
    pub(crate) const DEFAULT: Self = Self {
        idle: DAY,
        absolute: DAY.saturating_mul(14),
        touch_every: Duration::from_secs(5 * 60),
        unproved: Duration::from_secs(60 * 60),
        grace: Duration::from_secs(5),
    };

    pub(crate) fn check(&self) -> Result<(), Error> {
        let fit = self.touch_every < self.idle
            && self.idle <= self.absolute
            && self.absolute <= LONGEST
            && !self.unproved.is_zero()
            && self.grace <= LONGEST;
        if fit { Ok(()) } else { Err(Error::Lifetimes) }
    }

    /// How long a session that may go unused for `idle` can do so before its cookie has come back:
    /// so much less that its first use is to be written down.
    pub(crate) fn unproved(&self, idle: Duration) -> Duration {
        let due = idle.saturating_sub(self.touch_every);
        self.unproved.min(due.max(idle / 2))
    }
}

/// How long one session lives, where it is not as the others of the application do: for "remember
/// me" at a login, say. See [`Session::set_expiry`](crate::Session::set_expiry).
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use wsgi_sessions::{Cookies, Expiry, MemoryStore, Sessions};
///
/// const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// let sessions = Sessions::new(MemoryStore::new());
/// let now = SystemTime::now();
/// let session = sessions.open(&Cookies::default(), false, now);
/// session.login("user-17")?;
/// session.set_expiry(Expiry::remembered(30 * DAY))?;
/// let cookie = session.finish(now)?.expect("a cookie").to_header_value()?;
/// assert!(cookie.contains("; Max-Age=2592000;"), "{cookie}");
/// # Ok::<_, wsgi_sessions::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expiry {
    /// How long the session may go unused.
    pub idle: Duration,
    /// How long it lives from now on, used or not.
    pub absolute: Duration,
    /// Whether the browser keeps the cookie when it is closed, until the absolute deadline.
    pub persistent: bool,
}

impl Expiry {
    /// A session that is there for so long from now on, used or not, and also after the browser was
    /// closed.
    pub const fn remembered(lifetime: Duration) -> Self {
        Self {
            idle: lifetime,
            absolute: lifetime,
            persistent: true,
        }
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        let fit = !self.idle.is_zero() && self.idle <= self.absolute && self.absolute <= LONGEST;
        if fit { Ok(()) } else { Err(Error::Lifetimes) }
    }
}

/// That much later; at the end of time, no later.
pub(crate) fn later(now: SystemTime, by: Duration) -> SystemTime {
    now.checked_add(by).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_that_do_not_fit_are_refused() {
        let hours = |hours: u64| Duration::from_secs(hours * 60 * 60);
        let day = Lifetimes::DEFAULT;
        let rows = [
            ("the defaults", day, true),
            (
                "idle as long as it lives",
                Lifetimes {
                    absolute: day.idle,
                    ..day
                },
                true,
            ),
            (
                "idle for longer",
                Lifetimes {
                    idle: hours(24 * 15),
                    ..day
                },
                false,
            ),
            (
                "over before a touch",
                Lifetimes {
                    touch_every: day.idle,
                    ..day
                },
                false,
            ),
            (
                "over at once",
                Lifetimes {
                    idle: Duration::ZERO,
                    touch_every: Duration::ZERO,
                    ..day
                },
                false,
            ),
            (
                "for ever",
                Lifetimes {
                    absolute: Duration::MAX,
                    ..day
                },
                false,
            ),
            (
                "over before its cookie is back",
                Lifetimes {
                    unproved: Duration::ZERO,
                    ..day
                },
                false,
            ),
            (
                "retired for ever",
                Lifetimes {
                    grace: Duration::MAX,
                    ..day
                },
                false,
            ),
        ];
        for (row, lifetimes, fits) in rows {
            assert_eq!(lifetimes.check().is_ok(), fits, "{row}");
        }
    }
}
