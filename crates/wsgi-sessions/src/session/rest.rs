//! How requests that change one session at the same moment keep out of each other's way.

use std::thread;
use std::time::Duration;

/// The attempts that follow one another without a rest.
const AT_ONCE: u32 = 3;

/// The longest of the first rests.
const SHORT: Duration = Duration::from_millis(2);

/// How often the longest rest doubles, to an eighth of a second.
const DOUBLINGS: u32 = 6;

/// What one request has met of others on its way to a write.
#[derive(Default)]
pub(crate) struct Conflicts(u32);

impl Conflicts {
    /// Rests where there were several already: for a random time, so that those who met do not meet
    /// again, and the longer the more often, since there are so many others then. Says whether it did,
    /// so that what is known of the session has become old.
    pub(crate) fn rest(&mut self) -> bool {
        self.0 = self.0.saturating_add(1);
        let Some(longest) = longest(self.0) else {
            return false;
        };
        // Without randomness there is none.
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
    fn from_the_third_conflict_on_rests_grow_to_a_bound() {
        let most = |conflicts| longest(conflicts).map(|longest| longest.as_millis());
        assert_eq!([0, 1, 2].map(most), [None; 3]);
        assert_eq!(
            [3, 4, 8, 9, 1_000].map(most),
            [2, 4, 64, 128, 128].map(Some)
        );
    }
}
