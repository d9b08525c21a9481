//! Failures of which the log tells now and then.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use crate::instant::Instant;

/// The time between two lines in the log.
const INTERVAL: Duration = Duration::from_secs(10);

/// The failures of one kind since the last line in the log. Everybody can cause them, and must not
/// fill the log.
#[derive(Debug, Default)]
pub(crate) struct Throttle(Mutex<Since>);

#[derive(Debug, Default)]
struct Since {
    line: Option<Instant>,
    untold: u64,
}

impl Throttle {
    /// Notes a failure. If it is time for a line, returns those that no line has told of.
    pub(crate) fn note(&self, now: Instant) -> Option<Untold> {
        let mut since = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if since.line.is_some_and(|line| now < line + INTERVAL) {
            since.untold += 1;
            return None;
        }
        since.line = Some(now);
        Some(Untold(std::mem::take(&mut since.untold)))
    }
}

/// The failures before the one of a line that no line has told of. As text, they follow what the
/// line says of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Untold(u64);

impl Untold {
    /// The number of failures, with the one of the line.
    pub(crate) fn count(self) -> u64 {
        self.0 + 1
    }
}

impl fmt::Display for Untold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => Ok(()),
            others => write!(f, ", and {others} before it"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_written_at_once_and_then_at_most_one_in_the_interval() {
        let throttle = Throttle::default();
        let start = Instant::now();
        assert_eq!(throttle.note(start), Some(Untold(0)));
        assert_eq!(throttle.note(start), None);
        assert_eq!(
            throttle.note(start + (INTERVAL - Duration::from_nanos(1))),
            None
        );
        assert_eq!(throttle.note(start + INTERVAL), Some(Untold(2)));
        assert_eq!(Untold(2).to_string(), ", and 2 before it");
        assert_eq!(throttle.note(start + 3 * INTERVAL), Some(Untold(0)));
    }
}
