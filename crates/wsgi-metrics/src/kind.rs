//! The kind of a family of numbers.

use std::fmt;

/// The kind of a family of numbers.
///
/// ```
/// use wsgi_metrics::Kind;
///
/// assert_eq!(Kind::Counter.to_string(), "counter");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Numbers that only grow. By convention the name ends in `_total`.
    Counter,
    /// Numbers that grow and shrink.
    Gauge,
    /// Durations, counted in buckets. By convention the name ends in `_seconds`.
    Histogram,
}

/// The word of the text format.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        })
    }
}
