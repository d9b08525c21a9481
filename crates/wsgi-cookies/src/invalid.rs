//! The error for every signed value that is refused.

use std::error::Error;
use std::fmt;

/// The error for a signed value that is refused. It does not tell the reason, which could help a
/// forger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invalid;

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the signed value is not valid")
    }
}

impl Error for Invalid {}
