//! The latencies of a run.

use std::{collections::BTreeMap, time::Duration};

/// The number of measurements of each latency, in whole microseconds.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Latencies(BTreeMap<u64, u64>);

impl Latencies {
    /// Takes the histogram of wrk, in microseconds, and removes the latencies that wrk has added.
    ///
    /// For every latency of at least twice `interval`, wrk adds invented ones, smaller by one
    /// interval, by two, and so on, as long as they are above one interval. This suits clients that
    /// send at a steady rate. Ours wait for responses, and with several requests in flight the
    /// added latencies reach below the smallest measured one, where wrk's own percentiles lose
    /// them. The number added to a latency is the number that is now counted one interval above it.
    pub(super) fn measured(histogram: &BTreeMap<u64, u64>, interval: u64) -> Self {
        let added = |latency: u64| {
            if latency > interval {
                histogram.get(&(latency + interval)).copied()
            } else {
                None
            }
        };
        let measured = histogram
            .iter()
            .map(|(&latency, &count)| (latency, count.saturating_sub(added(latency).unwrap_or(0))));
        Self(measured.filter(|&(_, count)| count > 0).collect())
    }

    /// The latency that this percentage does not exceed. Zero without measurements.
    pub(super) fn percentile(&self, percent: u64) -> Duration {
        let total: u64 = self.0.values().sum();
        let rank = (total * percent).div_ceil(100);
        let mut covered = 0;
        let found = self.0.iter().find(|(_, count)| {
            covered += *count;
            covered >= rank
        });
        found.map_or(Duration::ZERO, |(&latency, _)| {
            Duration::from_micros(latency)
        })
    }
}

impl FromIterator<Duration> for Latencies {
    fn from_iter<I: IntoIterator<Item = Duration>>(latencies: I) -> Self {
        let mut counts = BTreeMap::new();
        for latency in latencies {
            *counts.entry(latency.as_micros() as u64).or_default() += 1;
        }
        Self(counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Adds latencies as wrk does.
    fn correct(measured: &BTreeMap<u64, u64>, interval: u64) -> BTreeMap<u64, u64> {
        let mut histogram = measured.clone();
        for (&latency, &count) in measured.range(interval * 2..) {
            let mut added = latency - interval;
            while added > interval {
                *histogram.entry(added).or_default() += count;
                added -= interval;
            }
        }
        histogram
    }

    #[test]
    fn what_wrk_added_is_taken_out_again() {
        let measured =
            BTreeMap::from([(3, 7), (5, 9), (19, 2), (20, 1), (21, 4), (31, 3), (57, 1)]);
        for interval in [1, 2, 5, 10, 11, 100] {
            let least = *measured.keys().next().unwrap();
            let mut histogram = correct(&measured, interval);
            // wrk does not report those below the smallest measured one.
            histogram.retain(|&latency, _| latency >= least);
            let latencies = Latencies::measured(&histogram, interval);
            assert_eq!(latencies.0, measured, "interval {interval}");
        }
    }

    #[test]
    fn a_percentile_is_the_smallest_that_covers_its_share() {
        let latencies = (1..=200).map(Duration::from_micros).collect::<Latencies>();
        for (percent, expected) in [(1, 2), (50, 100), (99, 198), (100, 200)] {
            assert_eq!(
                latencies.percentile(percent),
                Duration::from_micros(expected)
            );
        }
        assert_eq!(Latencies::default().percentile(99), Duration::ZERO);
    }
}
