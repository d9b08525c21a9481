//! A look ahead that costs little.

use std::time::Duration;

use crate::instant::Instant;

/// A time from which on everything is far away. The exact time until an alarm takes some forty
/// instructions, which are lost if an event ends the wait long before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Horizon {
    at: Instant,
    /// When it is moved on: from then on it would be too near.
    valid_until: Instant,
}

/// The time for which a horizon is valid.
const VALIDITY: Duration = Duration::from_millis(500);

impl Horizon {
    /// The least distance of the horizon.
    pub(super) const DISTANCE: Duration = Duration::from_millis(500);

    pub(super) fn new(now: Instant) -> Self {
        let valid_until = now + VALIDITY;
        Self {
            at: valid_until + Self::DISTANCE,
            valid_until,
        }
    }

    /// Whether it is before `alarm`, which is then more than [`DISTANCE`](Self::DISTANCE) from
    /// now. An alarm that is a little more than that away may count as near.
    #[inline]
    pub(super) fn is_before(&mut self, alarm: Instant, now: Instant) -> bool {
        if now > self.valid_until {
            *self = Self::new(now);
        }
        self.at < alarm
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_behind_the_horizon_is_never_near() {
        let start = Instant::now();
        let mut horizon = Horizon::new(start);
        for now in (0..5_000).step_by(7) {
            let now = start + Duration::from_millis(now);
            for left in (0..2_000).step_by(50).map(Duration::from_millis) {
                let is_far = horizon.is_before(now + left, now);
                assert!(!is_far || left > Horizon::DISTANCE, "{left:?}");
                assert!(is_far || left <= Horizon::DISTANCE + VALIDITY, "{left:?}");
            }
        }
    }
}
