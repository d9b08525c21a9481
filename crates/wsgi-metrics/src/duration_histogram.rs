//! A histogram of durations.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use crate::durations::{BOUNDS, BUCKETS, Durations};

/// The nanoseconds of a second.
const SECOND: u64 = 1_000_000_000;

/// The number of whole seconds in as many nanoseconds as are counted.
const LONGEST: u64 = u64::MAX / SECOND;

/// A histogram of durations: the number of those up to 5 ms, up to 10 ms, and so on up to 10 s, and
/// of all. These are OpenTelemetry's boundaries for `http.server.request.duration`.
///
/// It has 128 bytes. The counts begin again at zero beyond `u64::MAX`, and the sum after 584 years.
///
/// ```
/// use std::time::Duration;
/// use wsgi_metrics::DurationHistogram;
///
/// let histogram = DurationHistogram::new();
/// histogram.record(Duration::from_millis(7));
/// assert_eq!(histogram.durations().count(), 1);
/// ```
#[derive(Debug, Default)]
pub struct DurationHistogram {
    counts: [AtomicU64; BUCKETS],
    nanoseconds: AtomicU64,
}

impl DurationHistogram {
    /// An empty histogram.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            counts: [const { AtomicU64::new(0) }; BUCKETS],
            nanoseconds: AtomicU64::new(0),
        }
    }

    /// Counts a duration. One of more than 584 years counts as that.
    #[inline]
    pub fn record(&self, duration: Duration) {
        let nanoseconds = match duration.as_secs() < LONGEST {
            true => duration.as_secs() * SECOND + u64::from(duration.subsec_nanos()),
            false => u64::MAX,
        };
        let bucket = BOUNDS.iter().position(|bound| nanoseconds <= *bound);
        self.counts[bucket.unwrap_or(BOUNDS.len())].fetch_add(1, Relaxed);
        self.nanoseconds.fetch_add(nanoseconds, Relaxed);
    }

    /// The durations so far.
    #[must_use]
    pub fn durations(&self) -> Durations {
        Durations {
            counts: std::array::from_fn(|bucket| self.counts[bucket].load(Relaxed)),
            nanoseconds: self.nanoseconds.load(Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::atomic::AtomicBool, thread};

    use super::*;

    #[test]
    fn a_duration_at_a_bound_is_within_it() {
        for (index, bound) in BOUNDS.into_iter().enumerate() {
            let histogram = DurationHistogram::new();
            histogram.record(Duration::from_nanos(bound));
            histogram.record(Duration::from_nanos(bound + 1));
            let durations = histogram.durations();
            assert_eq!(
                (durations.counts[index], durations.counts[index + 1]),
                (1, 1)
            );
            assert_eq!(durations.sum(), Duration::from_nanos(2 * bound + 1));
        }
    }

    #[test]
    fn the_shortest_and_the_longest_duration_are_counted() {
        let histogram = DurationHistogram::new();
        histogram.record(Duration::ZERO);
        histogram.record(Duration::MAX);
        let durations = histogram.durations();
        assert_eq!((durations.counts[0], durations.counts[BUCKETS - 1]), (1, 1));
        assert_eq!(durations.sum(), Duration::from_nanos(u64::MAX));
    }

    #[test]
    fn no_reading_goes_backwards_while_others_record() {
        let histogram = DurationHistogram::new();
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            let writers: Vec<_> = (0..2)
                .map(|_| {
                    scope.spawn(|| {
                        for index in 0..100_000u64 {
                            histogram.record(Duration::from_millis(index % 20_000));
                        }
                    })
                })
                .collect();
            scope.spawn(|| {
                let mut before = Durations::new();
                while !is_over.load(Relaxed) {
                    let now = histogram.durations();
                    let buckets = before.counts.iter().zip(&now.counts);
                    assert!(buckets.into_iter().all(|(before, now)| before <= now));
                    assert!(before.sum() <= now.sum());
                    before = now;
                }
            });
            for writer in writers {
                writer.join().unwrap();
            }
            is_over.store(true, Relaxed);
        });
        assert_eq!(histogram.durations().count(), 200_000);
    }
}
