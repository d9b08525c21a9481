//! The reasons why values are wrong, as ends of sentences for a client. They are the same whether a
//! value came in a form, in the query or in JSON.

use std::fmt::Display;

pub(crate) const MISSING: &str = "is missing";
pub(crate) const UNEXPECTED: &str = "is not expected";
pub(crate) const NO_BOOLEAN: &str = "must be true or false";
pub(crate) const NO_CHARACTER: &str = "must be one character";
pub(crate) const NO_NUMBER: &str = "must be a number";

pub(crate) fn no_whole_number(least: impl Display, most: impl Display) -> String {
    format!("must be a whole number from {least} to {most}")
}

pub(crate) fn none_of(names: &[&str]) -> String {
    format!("must be one of {}", names.join(", "))
}
