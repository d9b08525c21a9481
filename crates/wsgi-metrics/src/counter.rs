//! A number that only grows.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A number that only grows, such as the number of requests since the start.
///
/// ```
/// use wsgi_metrics::Counter;
///
/// static ORDERS: Counter = Counter::new();
/// ORDERS.add(2);
/// assert_eq!(ORDERS.value(), 2);
/// ```
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// A counter at zero.
    #[must_use]
    pub const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Adds to the number. Beyond `u64::MAX` it begins again at zero.
    #[inline]
    pub fn add(&self, count: u64) {
        self.0.fetch_add(count, Relaxed);
    }

    /// The number.
    #[inline]
    #[must_use]
    pub fn value(&self) -> u64 {
        self.0.load(Relaxed)
    }
}
