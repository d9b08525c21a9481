//! Counting for all clients that ask.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use crate::{statistics::Statistics, store_error::StoreError};

/// Two requests with times this close, apart from the time between them, are about the same time.
const TOLERANCE: Duration = Duration::from_secs(1);

/// The last count of the sessions.
///
/// There is one count at a time, because a client that gives up and asks again would otherwise have
/// more and more of them run. Those who wait for a count share its numbers, and so do those who ask
/// soon after it: for as long as it took. So at least half of the time nothing is counted.
#[derive(Default)]
pub(super) struct Census(Mutex<Option<Last>>);

struct Last {
    statistics: Statistics,
    /// The time for which a client wanted the numbers.
    now: SystemTime,
    began: Instant,
    ended: Instant,
}

impl Census {
    /// Returns the numbers of the last count, or those of a new one.
    pub(super) fn statistics(
        &self,
        now: SystemTime,
        count: impl FnOnce() -> Result<Statistics, StoreError>,
    ) -> Result<Statistics, StoreError> {
        let asked = Instant::now();
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = last.as_ref().filter(|last| last.serves(now, asked)) {
            return Ok(last.statistics.clone());
        }
        let began = Instant::now();
        let statistics = count()?;
        *last = Some(Last {
            statistics: statistics.clone(),
            now,
            began,
            ended: Instant::now(),
        });
        Ok(statistics)
    }
}

impl Last {
    /// Whether these numbers do for a client who asked then for those of `now`.
    fn serves(&self, now: SystemTime, asked: Instant) -> bool {
        let took = self.ended - self.began;
        let later = asked.saturating_duration_since(self.began);
        let apart = now
            .duration_since(self.now)
            .unwrap_or_else(|earlier| earlier.duration());
        asked <= self.ended + took && apart <= later + TOLERANCE
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicUsize, Ordering::SeqCst},
        thread,
    };

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn there_is_one_count_at_a_time_however_many_ask() {
        let (census, running, started) =
            (Census::default(), AtomicUsize::new(0), SystemTime::now());
        thread::scope(|scope| {
            for number in 0..8 {
                let (census, running) = (&census, &running);
                scope.spawn(move || {
                    // No two of these times are close.
                    let now = started + number * Duration::from_secs(3600);
                    let counted = census.statistics(now, || {
                        assert_eq!(running.fetch_add(1, SeqCst), 0);
                        thread::yield_now();
                        running.fetch_sub(1, SeqCst);
                        Ok(Statistics::default())
                    });
                    counted.unwrap();
                });
            }
        });
    }

    #[test]
    fn a_count_that_failed_is_not_shared() {
        let (census, now) = (Census::default(), SystemTime::now());
        let failed = census.statistics(now, || Err(StoreError::Corrupt));
        assert!(matches!(failed, Err(StoreError::Corrupt)));
        assert!(census.statistics(now, || Ok(Statistics::default())).is_ok());
    }

    #[test]
    fn a_count_is_shared_for_as_long_as_it_took() {
        let (now, began) = (SystemTime::now(), Instant::now());
        let last = Last {
            statistics: Statistics::default(),
            now,
            began,
            ended: began + 5 * SECOND,
        };
        for (waited, ahead, expected) in [
            (0, 0, true),
            (3, 3, true), // it asks during the count, and waits for it
            (10, 10, true),
            (11, 11, false),
            (3, 60, false), // it wants the numbers of another time
        ] {
            let serves = last.serves(now + ahead * SECOND, began + waited * SECOND);
            assert_eq!(serves, expected, "{waited}, {ahead}");
        }
        let earlier = last.serves(now - 60 * SECOND, began + SECOND);
        assert!(!earlier);
    }
}
