//! Handshakes that failed, for the log.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// The time between two lines in the log. Everybody can make handshakes fail.
const INTERVAL: Duration = Duration::from_secs(10);

/// The longest reason that a line gives.
const MAX_REASON: usize = 200;

/// The handshakes that have failed since the last line in the log.
#[derive(Debug, Default)]
pub(crate) struct FailedHandshakes(Mutex<Since>);

#[derive(Debug, Default)]
struct Since {
    line: Option<Instant>,
    untold: u64,
}

impl FailedHandshakes {
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

/// The reason of a failure as a line of the log has it. Parts of it may come from the client.
pub(crate) struct Reason<'a, E>(pub(crate) &'a E);

impl<E: fmt::Display> fmt::Display for Reason<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        let mut chars = text.chars();
        for char in chars.by_ref().take(MAX_REASON) {
            match char.is_control() {
                true => write!(f, "{}", char.escape_default())?,
                false => write!(f, "{char}")?,
            }
        }
        match chars.next() {
            Some(_) => f.write_str("..."),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_written_at_once_and_then_at_most_one_in_the_interval() {
        let failed = FailedHandshakes::default();
        let start = Instant::now();
        assert_eq!(failed.note(start), Some(0));
        assert_eq!(failed.note(start), None);
        assert_eq!(
            failed.note(start + INTERVAL - Duration::from_nanos(1)),
            None
        );
        assert_eq!(failed.note(start + INTERVAL), Some(2));
        assert_eq!(failed.note(start + 3 * INTERVAL), Some(0));
    }

    #[test]
    fn a_reason_is_one_short_line() {
        assert_eq!(Reason(&"a\r\nb\u{1b}").to_string(), "a\\r\\nb\\u{1b}");
        let long = "x".repeat(MAX_REASON + 1);
        assert_eq!(Reason(&long).to_string().len(), MAX_REASON + 3);
        assert_eq!(Reason(&&long[1..]).to_string(), long[1..]);
    }
}
