//! Messages of the program.

use std::{
    fmt::Display,
    io::{self, Stderr},
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};

use crate::colours::are_shown_on;

/// The time that a line waits for a reader of standard error that has stopped reading.
const PATIENCE: Duration = Duration::from_secs(1);

/// The number of bytes that a pipe takes without a wait once it takes any (POSIX, `PIPE_BUF`).
const PIECE: usize = if cfg!(target_os = "linux") { 4096 } else { 512 };

/// Writes a line to standard error, at once, because several processes may write there. Errors are
/// ignored: it may be closed.
///
/// The thread that says something may be the one that ends the program or starts processes. So it
/// does not wait for a reader of a pipe that hangs: the line, or the rest of a long one, is lost
/// after a second. A terminal that has less room than a line still holds it up. The lock of
/// [`io::stderr`] is not taken, as the thread of the access log has it while it waits for that
/// reader.
pub(crate) fn say(line: impl Display) {
    let stderr = io::stderr();
    let line = format!("{line}\n");
    let mut rest = line.as_bytes();
    while !rest.is_empty() && takes_more(&stderr) {
        match rustix::io::write(&stderr, &rest[..rest.len().min(PIECE)]) {
            Ok(count) => rest = &rest[count..],
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(_) => return,
        }
    }
}

/// Writes an error in the same way, after the name of the program.
pub(crate) fn say_error(error: impl Display) {
    let name = match are_shown_on(&io::stderr()) {
        true => "\x1b[1;31mwsgi:\x1b[0m", // bold and red
        false => "wsgi:",
    };
    say(format_args!("{name} {error}"));
}

/// Waits until standard error takes bytes. Returns false if it does not in time, which signals do
/// not prolong.
fn takes_more(stderr: &Stderr) -> bool {
    let end = Instant::now() + PATIENCE;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let left = Timespec::try_from(left).unwrap_or_default();
        let mut polled = [PollFd::new(stderr, PollFlags::OUT)];
        match poll(&mut polled, Some(&left)) {
            Err(Errno::INTR) => {}
            result => return result != Ok(0),
        }
    }
}
