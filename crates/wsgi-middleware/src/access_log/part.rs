//! The parts of which a format is put together.

use crate::access_log::field::Field;

/// A part of a text format.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Constant text.
    Text(String),
    Field(Field),
}

impl From<&str> for Part {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Field> for Part {
    fn from(field: Field) -> Self {
        Self::Field(field)
    }
}
