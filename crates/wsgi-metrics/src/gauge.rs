//! A number that grows and shrinks.

use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

/// A number that grows and shrinks, such as the number of open files.
///
/// ```
/// use wsgi_metrics::Gauge;
///
/// static OPEN: Gauge = Gauge::new();
/// OPEN.add(3);
/// OPEN.add(-1);
/// assert_eq!(OPEN.value(), 2);
/// OPEN.set(7);
/// assert_eq!(OPEN.value(), 7);
/// ```
#[derive(Debug, Default)]
pub struct Gauge(AtomicI64);

impl Gauge {
    /// A gauge at zero.
    #[must_use]
    pub const fn new() -> Self {
        Self(AtomicI64::new(0))
    }

    /// Adds to the number, or subtracts with a negative argument.
    #[inline]
    pub fn add(&self, count: i64) {
        self.0.fetch_add(count, Relaxed);
    }

    /// Replaces the number.
    #[inline]
    pub fn set(&self, value: i64) {
        self.0.store(value, Relaxed);
    }

    /// The number.
    #[inline]
    #[must_use]
    pub fn value(&self) -> i64 {
        self.0.load(Relaxed)
    }
}
