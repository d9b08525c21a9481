//! Messages of the program.

use std::{
    fmt::Display,
    io::{self, Write},
};

/// Writes a line to standard error. Errors are ignored: it may be closed.
pub(crate) fn say(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}
