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
    /// How long a retired id is known as such.
    pub(crate) grace: Duration,
}

impl Lifetimes {
    pub(crate) const DEFAULT: Self = Self {
        idle: DAY,
        absolute: DAY.saturating_mul(14),
        touch_every: Duration::from_secs(5 * 60),
        grace: Duration::from_secs(30),
    };

    pub(crate) fn check(&self) -> Result<(), Error> {
        let fit = self.touch_every < self.idle
            && self.idle <= self.absolute
            && self.absolute <= LONGEST
            && self.grace <= LONGEST;
        if fit { Ok(()) } else { Err(Error::Lifetimes) }
    }
}

/// That much later; at the end of time, no later.
pub(crate) fn later(now: SystemTime, by: Duration) -> SystemTime {
    now.checked_add(by).unwrap_or(now)
}
