//! Failures of which the log tells now and then.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

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
    /// Notes a failure. If it is time for a line, returns the number of failures that no line has
    /// told of, without this one.
    pub(crate) fn note(&self, now: Instant) -> Option<u64> {
        let mut since = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if since.line.is_some_and(|line| now < line + INTERVAL) {
            since.untold += 1;
            return None;
        }
        since.line = Some(now);
        Some(std::mem::take(&mut since.untold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_written_at_once_and_then_at_most_one_in_the_interval() {
        let throttle = Throttle::default();
        let start = Instant::now();
        assert_eq!(throttle.note(start), Some(0));
        assert_eq!(throttle.note(start), None);
        assert_eq!(
            throttle.note(start + INTERVAL - Duration::from_nanos(1)),
            None
        );
        assert_eq!(throttle.note(start + INTERVAL), Some(2));
        assert_eq!(throttle.note(start + 3 * INTERVAL), Some(0));
    }
}
