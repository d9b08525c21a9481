//! How long a slow peer is waited for.

use std::time::{Duration, Instant};

use crate::options::Options;

/// What is left of the time a peer may take: so much to begin with, and more
/// as bytes come at the least rate or faster. Without a least rate, every byte
/// gives the whole time anew.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    timeout: Duration,
    min_rate: u64,
    waited: Duration,
    bytes: u64,
}

impl Patience {
    /// For a request's body.
    pub(crate) fn with_body(options: &Options) -> Self {
        Self::new(options.body_timeout, options.min_rate)
    }

    /// For a response.
    pub(crate) fn with_write(options: &Options) -> Self {
        Self::new(options.write_timeout, options.min_rate)
    }

    fn new(timeout: Duration, min_rate: u64) -> Self {
        Patience {
            timeout,
            min_rate,
            waited: Duration::ZERO,
            bytes: 0,
        }
    }

    /// Until when a wait that begins now may last: never longer than the whole
    /// time to begin with, however much was earned.
    pub(crate) fn deadline(&self, now: Instant) -> Instant {
        let earned = self.bytes.checked_div(self.min_rate).unwrap_or(0);
        let whole = self.timeout.saturating_add(Duration::from_secs(earned));
        now + whole.saturating_sub(self.waited).min(self.timeout)
    }

    /// Notes a wait, and the bytes that came of it.
    pub(crate) fn note(&mut self, waited: Duration, bytes: usize) {
        self.bytes += bytes as u64;
        self.waited = match (self.min_rate, bytes) {
            (0, 1..) => Duration::ZERO,
            _ => self.waited + waited,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn waiting_uses_up_the_time_and_bytes_earn_it_back() {
        let now = Instant::now();
        let mut patience = Patience::new(10 * SECOND, 100);
        assert_eq!(patience.deadline(now), now + 10 * SECOND);
        patience.note(9 * SECOND, 10);
        assert_eq!(patience.deadline(now), now + SECOND);
        patience.note(Duration::ZERO, 490);
        assert_eq!(patience.deadline(now), now + 6 * SECOND);
        patience.note(7 * SECOND, 1);
        assert_eq!(patience.deadline(now), now, "nothing is left");
    }

    #[test]
    fn a_burst_does_not_earn_a_long_silence() {
        let now = Instant::now();
        let mut patience = Patience::new(10 * SECOND, 100);
        patience.note(Duration::ZERO, 1_000_000);
        assert_eq!(patience.deadline(now), now + 10 * SECOND);
    }

    #[test]
    fn without_a_least_rate_every_byte_starts_anew() {
        let now = Instant::now();
        let mut patience = Patience::new(10 * SECOND, 0);
        patience.note(9 * SECOND, 0);
        assert_eq!(patience.deadline(now), now + SECOND);
        patience.note(SECOND, 1);
        assert_eq!(patience.deadline(now), now + 10 * SECOND);
    }
}
