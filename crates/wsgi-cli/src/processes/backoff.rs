//! The pauses before workers that have died are started again.

use std::time::Duration;

const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(30);

/// The time that a worker has to serve before its death counts as the first one.
const STEADY: Duration = Duration::from_secs(30);

/// The pause before a worker that has died is started again. It doubles while workers die soon.
#[derive(Debug)]
pub(super) struct Backoff(Duration);

impl Backoff {
    pub(super) fn new() -> Self {
        Self(SHORTEST)
    }

    /// The pause after the death of a worker that has served for this time.
    pub(super) fn after(&mut self, served: Duration) -> Duration {
        if served >= STEADY {
            self.0 = SHORTEST;
        }
        let pause = self.0;
        self.0 = (pause * 2).min(LONGEST);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_doubles_up_to_a_bound_while_workers_die_soon() {
        let mut backoff = Backoff::new();
        let soon = STEADY - Duration::from_millis(1);
        for milliseconds in [
            100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000,
        ] {
            assert_eq!(backoff.after(soon), Duration::from_millis(milliseconds));
        }
        assert_eq!(backoff.after(STEADY), SHORTEST);
        assert_eq!(backoff.after(Duration::ZERO), SHORTEST * 2);
    }
}
