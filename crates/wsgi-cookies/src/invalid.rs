//! The one answer to all that is not genuine.

use std::error::Error;
use std::fmt;

/// A signed value is not to be believed. It does not say why: whoever made it up would learn from
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invalid;

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the signed value is not valid")
    }
}

impl Error for Invalid {}
