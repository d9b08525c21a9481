//! Lifetimes of sessions, and how often a use is saved.

use std::time::{Duration, SystemTime};

use crate::error::Error;

pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A hundred years: stands for "forever", but can be added to a time.
const LONGEST: Duration = DAY.saturating_mul(36_525);

/// Lifetimes of sessions, and how often a use is saved.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lifetimes {
    /// The time that a session may go unused.
    pub(crate) idle: Duration,
    /// The longest life of a session, used or not.
    pub(crate) absolute: Duration,
    /// The interval in which at most one use is saved.
    pub(crate) touch_every: Duration,
    /// The lifetime of a session whose cookie has not come back yet.
    pub(crate) unproved: Duration,
    /// The time for which a retired id can be read.
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

    /// Returns how long a session that may idle for `idle` lives before its cookie has come back.
    /// It is short enough that the first use is always saved.
    pub(crate) fn unproved(&self, idle: Duration) -> Duration {
        let due = idle.saturating_sub(self.touch_every);
        self.unproved.min(due.max(idle / 2))
    }
}

/// The expiry of one session that differs from the application's others, for example for "remember
/// me" at a login. See [`Session::set_expiry`](crate::Session::set_expiry).
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use wsgi_sessions::{Cookies, Expiry, MemoryStore, Scheme, Sessions};
///
/// const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// let sessions = Sessions::new(MemoryStore::new());
/// let now = SystemTime::now();
/// let session = sessions.open(&Cookies::default(), Scheme::Http, now);
/// session.login("user-17")?;
/// session.set_expiry(Expiry::remembered(30 * DAY))?;
/// let cookie = session.finish(now)?.expect("a cookie").to_header_value()?;
/// assert!(cookie.contains("; Max-Age=2592000;"), "{cookie}");
///
/// // For a visitor who stays logged in as long as there is a visit every 30 days.
/// let session = sessions.open(&Cookies::default(), Scheme::Http, now);
/// session.login("user-18")?;
/// let mut expiry = Expiry::remembered(30 * DAY);
/// expiry.lifetime = 3650 * DAY;
/// session.set_expiry(expiry)?;
/// let cookie = session.finish(now)?.expect("a cookie").to_header_value()?;
/// assert!(cookie.contains("; Max-Age=34560000;"), "for 400 days at a time: {cookie}");
/// # Ok::<_, wsgi_sessions::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Expiry {
    /// The time that the session may go unused: neither read nor changed by a request, as
    /// [`idle_timeout`](crate::SessionsBuilder::idle_timeout) sets it for others.
    pub idle_timeout: Duration,
    /// The longest life from now on, used or not, as
    /// [`lifetime`](crate::SessionsBuilder::lifetime) sets it for others.
    pub lifetime: Duration,
    /// Whether the browser keeps the cookie after it is closed, until the end of the lifetime.
    /// Browsers keep a cookie for at most 400 days (RFC 6265bis, section 5.5). If the session has
    /// longer to live, the first use of each day (of UTC) sets the cookie again.
    pub persistent: bool,
}

impl Expiry {
    /// Makes an expiry for a session that lives for `lifetime` from now on at most, and may go
    /// unused for `idle_timeout`. The browser forgets it when it closes.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wsgi_sessions::Expiry;
    ///
    /// const MINUTE: Duration = Duration::from_secs(60);
    /// let bank = Expiry::new(5 * MINUTE, 60 * MINUTE);
    /// assert_eq!((bank.idle_timeout, bank.persistent), (5 * MINUTE, false));
    /// ```
    #[must_use]
    pub const fn new(idle_timeout: Duration, lifetime: Duration) -> Self {
        Self {
            idle_timeout,
            lifetime,
            persistent: false,
        }
    }

    /// Makes an expiry for a session that lives for `lifetime` from now on, used or not, and
    /// survives the closing of the browser.
    #[must_use]
    pub const fn remembered(lifetime: Duration) -> Self {
        Self {
            idle_timeout: lifetime,
            lifetime,
            persistent: true,
        }
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        let fit = !self.idle_timeout.is_zero()
            && self.idle_timeout <= self.lifetime
            && self.lifetime <= LONGEST;
        if fit { Ok(()) } else { Err(Error::Lifetimes) }
    }
}

/// Adds a duration to a time. Returns the time itself if the sum cannot be expressed.
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
