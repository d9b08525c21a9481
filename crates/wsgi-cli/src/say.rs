//! Messages of the program.

use std::{
    fmt::Display,
    io::{self, Write},
};

/// Writes a line to standard error, at once, because several processes may write there. Errors are
/// ignored: it may be closed.
pub(crate) fn say(line: impl Display) {
    let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
}
