//! Messages of the program.

use std::{
    fmt::Display,
    io::{self, Write},
};

use crate::colours::are_shown_on;

/// Writes a line to standard error, at once, because several processes may write there. Errors are
/// ignored: it may be closed.
pub(crate) fn say(line: impl Display) {
    let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
}

/// Writes an error in the same way, after the name of the program.
pub(crate) fn say_error(error: impl Display) {
    let name = match are_shown_on(&io::stderr()) {
        true => "\x1b[1;31mwsgi:\x1b[0m", // bold and red
        false => "wsgi:",
    };
    say(format_args!("{name} {error}"));
}
