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
