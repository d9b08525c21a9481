//! The value of an option that is `yes` or `no`.

use clap::builder::{PossibleValuesParser, TypedValueParser};

/// A parser that gives `true` for `yes`.
pub(crate) fn yes_or_no() -> impl TypedValueParser<Value = bool> {
    PossibleValuesParser::new(["yes", "no"]).map(|answer| answer == "yes")
}
