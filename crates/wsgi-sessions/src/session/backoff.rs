//! Random pauses that keep simultaneous changes of one session apart.

use std::{thread, time::Duration};

/// The number of attempts without a pause between them.
const AT_ONCE: u32 = 3;

/// The upper limit of the first pause.
const SHORT: Duration = Duration::from_millis(2);

/// The number of times that the upper limit doubles: up to 128 ms.
const DOUBLINGS: u32 = 6;

/// The number of conflicts that a request has met. The more there were, the longer it pauses before
/// it tries again.
#[derive(Default)]
pub(crate) struct Backoff(u32);

impl Backoff {
    /// Counts a conflict, and pauses if there were several. The pause is random, so that the same
    /// requests do not meet again. It grows with the number of conflicts, because that shows how
    /// many others there are. Returns whether it paused. What the request knows of the session is
    /// then out of date.
    pub(crate) fn pause(&mut self) -> bool {
        self.0 = self.0.saturating_add(1);
        let Some(longest) = longest(self.0) else {
            return false;
        };
        // Without randomness there is no pause.
        let random = getrandom::u32().unwrap_or_default();
        thread::sleep(longest.mul_f64(f64::from(random) / f64::from(u32::MAX)));
        true
    }
}

fn longest(conflicts: u32) -> Option<Duration> {
    let doublings = conflicts.checked_sub(AT_ONCE)?;
    Some(SHORT * (1 << doublings.min(DOUBLINGS)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_limit_from_the_third_conflict_on() {
        let limit = |conflicts| longest(conflicts).map(|longest| longest.as_millis());
        assert_eq!([0, 1, 2].map(limit), [None; 3]);
        assert_eq!(
            [3, 4, 8, 9, 1_000].map(limit),
            [2, 4, 64, 128, 128].map(Some)
        );
    }
}
