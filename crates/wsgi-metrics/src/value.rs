//! The value of a sample.

use std::{fmt, ops::Add, time::Duration};

/// The value of a sample: a whole number, which is written exactly, or any other.
///
/// ```
/// use std::time::Duration;
/// use wsgi_metrics::Value;
///
/// assert_eq!(Value::from(3_u64).to_string(), "3");
/// assert_eq!(Value::from(-3_i64).to_string(), "-3");
/// assert_eq!(Value::from(Duration::from_millis(1_500)).to_string(), "1.5");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// A number that is not negative.
    Unsigned(u64),
    /// A number that may be negative.
    Signed(i64),
    /// Any number.
    Float(f64),
}

impl Value {
    /// The value with this form in the text format.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let unsigned = text.parse().map(Self::Unsigned);
        let whole = unsigned.or_else(|_| text.parse().map(Self::Signed));
        whole.or_else(|_| text.parse().map(Self::Float)).ok()
    }

    fn as_float(self) -> f64 {
        match self {
            Self::Unsigned(value) => value as f64,
            Self::Signed(value) => value as f64,
            Self::Float(value) => value,
        }
    }
}

/// Whole numbers stay exact. Beyond `u64::MAX` they begin again at zero, as a
/// [`Counter`](crate::Counter) does.
impl Add for Value {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let whole = |value| match value {
            Self::Unsigned(value) => Some(i128::from(value)),
            Self::Signed(value) => Some(i128::from(value)),
            Self::Float(_) => None,
        };
        match whole(self).zip(whole(other)) {
            Some((one, other)) if one + other < 0 => match i64::try_from(one + other) {
                Ok(sum) => Self::Signed(sum),
                Err(_) => Self::Float((one + other) as f64),
            },
            Some((one, other)) => Self::Unsigned((one + other) as u64),
            None => Self::Float(self.as_float() + other.as_float()),
        }
    }
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
    fn values_add_up_exactly_where_they_are_whole() {
        use Value::{Float, Signed, Unsigned};
        for (one, other, sum) in [
            (Unsigned(1 << 60), Unsigned(1), Unsigned((1 << 60) + 1)),
            (Unsigned(u64::MAX), Unsigned(2), Unsigned(1)),
            (Signed(-3), Unsigned(5), Unsigned(2)),
            (Signed(-3), Signed(-4), Signed(-7)),
            (Signed(i64::MIN), Signed(i64::MIN), Float(-(2f64.powi(64)))),
            (Float(0.5), Unsigned(2), Float(2.5)),
        ] {
            assert_eq!(one + other, sum);
            assert_eq!(other + one, sum);
            assert_eq!(Value::read(&sum.to_string()), Some(sum));
        }
        assert_eq!(Value::read("+Inf"), Some(Float(f64::INFINITY)));
        assert_eq!(Value::read("1 2"), None);
    }

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
