//! The time that a slow peer has.

use std::time::Duration;

use crate::{instant::Instant, options::Options};

/// The time that a peer has left: a time-out, and more for bytes at the minimum rate. Without a
/// minimum rate, every byte gives it the whole time-out again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    timeout: Duration,
    min_rate: u64,
    waited: Duration,
    bytes: u64,
    /// When the time is up in any case.
    end: Option<Instant>,
}

impl Patience {
    /// The patience with a request's body.
    pub(crate) fn with_body(options: &Options) -> Self {
        Self::new(options.body_timeout, options.min_rate)
    }

    /// The patience with a client that takes a response.
    pub(crate) fn with_write(options: &Options) -> Self {
        Self::new(options.write_timeout, options.min_rate)
    }

    fn new(timeout: Duration, min_rate: u64) -> Self {
        Self {
            timeout,
            min_rate,
            waited: Duration::ZERO,
            bytes: 0,
            end: None,
        }
    }

    /// Sets when the time is up in any case, if it ever is.
    pub(crate) fn until(&mut self, end: Option<Instant>) {
        self.end = end;
    }

    /// Begins anew, with a peer that has taken everything.
    pub(crate) fn renew(&mut self) {
        (self.waited, self.bytes) = (Duration::ZERO, 0);
    }

    /// When the time is up in any case.
    pub(crate) fn end(&self) -> Option<Instant> {
        self.end
    }

    /// The end of a wait that begins now. A wait is never longer than the time-out, however much
    /// time the bytes have earned.
    pub(crate) fn deadline(&self, now: Instant) -> Instant {
        let earned = self.bytes.checked_div(self.min_rate).unwrap_or(0);
        let whole = self.timeout.saturating_add(Duration::from_secs(earned));
        let deadline = now + whole.saturating_sub(self.waited).min(self.timeout);
        self.end.map_or(deadline, |end| end.min(deadline))
    }

    /// Notes a wait, and the bytes that came after it.
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
    fn no_byte_puts_off_the_end() {
        let now = Instant::now();
        let mut patience = Patience::new(10 * SECOND, 0);
        patience.until(Some(now + 11 * SECOND));
        assert_eq!(patience.deadline(now), now + 10 * SECOND);
        patience.note(9 * SECOND, 1);
        assert_eq!(patience.deadline(now + 9 * SECOND), now + 11 * SECOND);
    }

    #[test]
    fn a_burst_does_not_earn_a_long_silence() {
        let now = Instant::now();
        let mut patience = Patience::new(10 * SECOND, 100);
        patience.note(Duration::ZERO, 1_000_000);
        assert_eq!(patience.deadline(now), now + 10 * SECOND);
    }

    #[test]
    fn without_a_minimum_rate_every_byte_gives_the_whole_time_again() {
        let now = Instant::now();
        let mut patience = Patience::new(10 * SECOND, 0);
        patience.note(9 * SECOND, 0);
        assert_eq!(patience.deadline(now), now + SECOND);
        patience.note(SECOND, 1);
        assert_eq!(patience.deadline(now), now + 10 * SECOND);
    }
}
