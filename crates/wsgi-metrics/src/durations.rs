//! The reading of a histogram.

use std::{ops::AddAssign, time::Duration};

/// The upper bounds of the buckets but the last, in nanoseconds: OpenTelemetry's for
/// `http.server.request.duration`.
pub(crate) const BOUNDS: [u64; 14] = {
    const MILLISECOND: u64 = 1_000_000;
    let mut bounds = [
        5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000,
    ];
    let mut index = 0;
    while index < bounds.len() {
        bounds[index] *= MILLISECOND;
        index += 1;
    }
    bounds
};

/// The number of buckets. The last one has no upper bound.
pub(crate) const BUCKETS: usize = BOUNDS.len() + 1;

/// Durations as a histogram has counted them.
///
/// ```
/// use std::time::Duration;
/// use wsgi_metrics::DurationHistogram;
///
/// let histogram = DurationHistogram::new();
/// for milliseconds in [3, 5, 6, 20_000] {
///     histogram.record(Duration::from_millis(milliseconds));
/// }
/// let durations = histogram.durations();
/// assert_eq!(durations.count(), 4);
/// assert_eq!(durations.sum(), Duration::from_millis(20_014));
/// let first = durations.buckets().next().unwrap();
/// assert_eq!((first.upper_bound(), first.count()), (Some(Duration::from_millis(5)), 2));
/// let last = durations.buckets().last().unwrap();
/// assert_eq!((last.upper_bound(), last.count()), (None, 4));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Durations {
    pub(crate) counts: [u64; BUCKETS],
    pub(crate) nanoseconds: u64,
}

/// The durations up to a bound.
///
/// ```
/// use std::time::Duration;
/// use wsgi_metrics::DurationHistogram;
///
/// let histogram = DurationHistogram::new();
/// histogram.record(Duration::from_millis(7));
/// let within = |bound| {
///     let durations = histogram.durations();
///     let mut buckets = durations.buckets();
///     buckets.find(|bucket| bucket.upper_bound() == Some(bound)).unwrap().count()
/// };
/// assert_eq!(within(Duration::from_millis(5)), 0);
/// assert_eq!(within(Duration::from_millis(10)), 1);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    upper_bound: Option<Duration>,
    count: u64,
}

impl Durations {
    /// No durations.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of durations.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The sum of the durations.
    #[must_use]
    pub fn sum(&self) -> Duration {
        Duration::from_nanos(self.nanoseconds)
    }

    /// The buckets, by their upper bounds. Each counts the durations of those before it, too, so
    /// the last one, which has no bound, counts all.
    pub fn buckets(&self) -> impl Iterator<Item = Bucket> {
        let bounds = BOUNDS.iter().copied().map(Duration::from_nanos).map(Some);
        let counts = self.counts.iter().scan(0, |sum, count| {
            *sum += count;
            Some(*sum)
        });
        let buckets = bounds.chain([None]).zip(counts);
        buckets.map(|(upper_bound, count)| Bucket { upper_bound, count })
    }
}

impl Bucket {
    /// The longest duration that is counted; `None` if every duration is.
    #[must_use]
    pub fn upper_bound(&self) -> Option<Duration> {
        self.upper_bound
    }

    /// The number of durations up to the bound.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }
}

/// Adds the durations of another histogram.
impl AddAssign<&Self> for Durations {
    fn add_assign(&mut self, other: &Self) {
        for (count, other) in self.counts.iter_mut().zip(&other.counts) {
            *count += other;
        }
        self.nanoseconds = self.nanoseconds.wrapping_add(other.nanoseconds);
    }
}
