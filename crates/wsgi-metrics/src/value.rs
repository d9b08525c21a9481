//! The value of a sample.

use std::{fmt, time::Duration};

/// The value of a sample: a whole number, which is written exactly, or any other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// A number that is not negative.
    Unsigned(u64),
    /// A number that may be negative.
    Signed(i64),
    /// Any number.
    Float(f64),
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Unsigned(value)
    }
}

impl From<usize> for Value {
    fn from(value: usize) -> Self {
        Self::Unsigned(value as u64)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Signed(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

/// In seconds.
impl From<Duration> for Value {
    fn from(value: Duration) -> Self {
        Self::Float(value.as_secs_f64())
    }
}

/// The form of the text format.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Unsigned(value) => value.fmt(f),
            Self::Signed(value) => value.fmt(f),
            Self::Float(f64::INFINITY) => f.write_str("+Inf"),
            Self::Float(f64::NEG_INFINITY) => f.write_str("-Inf"),
            Self::Float(value) => value.fmt(f), // NaN is `NaN`
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_written_as_the_format_wants_it() {
        for (value, expected) in [
            (u64::MAX.into(), "18446744073709551615"),
            (7usize.into(), "7"),
            ((-7i64).into(), "-7"),
            (0.25.into(), "0.25"),
            (1.0.into(), "1"),
            (1e300.into(), &*format!("1{}", "0".repeat(300))),
            (f64::INFINITY.into(), "+Inf"),
            (f64::NEG_INFINITY.into(), "-Inf"),
            (f64::NAN.into(), "NaN"),
            (Duration::from_micros(1500).into(), "0.0015"),
        ] {
            let value: Value = value;
            assert_eq!(value.to_string(), expected);
        }
    }
}
