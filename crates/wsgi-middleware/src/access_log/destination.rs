//! The destination of a log's lines.

use std::{
    fmt,
    io::{self, Write},
    panic::{AssertUnwindSafe, catch_unwind},
};

use crate::access_log::log_file::LogFile;

/// The number of bytes that a pipe takes without mixing them with those of other processes (POSIX,
/// `PIPE_BUF`).
const MAX_WHOLE_BYTES: usize = if cfg!(target_os = "linux") { 4096 } else { 512 };

/// The target and the level of records.
#[cfg(feature = "log")]
const LOG_TARGET: &str = "wsgi::access";
#[cfg(feature = "log")]
const LOG_LEVEL: log::Level = log::Level::Info;

/// A place where lines are written, or a function that takes them.
pub(super) enum Destination {
    Stderr,
    File(LogFile),
    Closure(Box<dyn FnMut(&str) + Send>),
    /// The logger of the program.
    #[cfg(feature = "log")]
    Log,
}

impl Destination {
    /// Writes the first of these lines, or a part of them. Returns the number of bytes.
    pub(super) fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        match self {
            // Other threads and processes write there, too.
            Self::Stderr => io::stderr().write(whole_lines(lines)),
            Self::File(file) => file.write(lines),
            Self::Closure(closure) => Ok(pass_line(lines, closure)),
            #[cfg(feature = "log")]
            Self::Log => Ok(pass_line(
                lines,
                |line| log::log!(target: LOG_TARGET, LOG_LEVEL, "{line}"),
            )),
        }
    }

    /// A function that tells whether lines are wanted at present. Without one, they always are.
    pub(super) fn is_wanted(&self) -> Option<fn() -> bool> {
        match self {
            #[cfg(feature = "log")]
            Self::Log => {
                Some(|| LOG_LEVEL <= log::STATIC_MAX_LEVEL && LOG_LEVEL <= log::max_level())
            }
            _ => None,
        }
    }

    /// Opens the file again if that is ordered, or if its path no longer leads to it. Returns
    /// whether it did.
    pub(super) fn renew(&mut self, is_ordered: bool) -> io::Result<bool> {
        match self {
            Self::File(file) if is_ordered || file.has_moved() => file.reopen().map(|()| true),
            _ => Ok(false),
        }
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stderr => f.write_str("standard error"),
            Self::File(file) => write!(f, "{}", file.path().display()),
            Self::Closure(_) => f.write_str("a closure"),
            #[cfg(feature = "log")]
            Self::Log => f.write_str("the logger"),
        }
    }
}

/// Passes the first line, without its end, to a function of the program. Returns its length.
fn pass_line(lines: &[u8], mut function: impl FnMut(&str)) -> usize {
    let line = first_line(lines);
    let text = str::from_utf8(line).unwrap_or_default();
    let text = text.trim_end_matches('\n');
    // A panic concerns this line alone.
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| function(text))) {
        // The drop of a payload could panic again.
        std::mem::forget(payload);
    }
    line.len()
}

/// The lines that a pipe takes as a whole, and at least one.
fn whole_lines(lines: &[u8]) -> &[u8] {
    let start = &lines[..lines.len().min(MAX_WHOLE_BYTES)];
    match start.iter().rposition(|&byte| byte == b'\n') {
        Some(end) => &lines[..=end],
        None => first_line(lines),
    }
}

fn first_line(lines: &[u8]) -> &[u8] {
    let end = lines.iter().position(|&byte| byte == b'\n');
    &lines[..end.map_or(lines.len(), |end| end + 1)]
}

#[cfg(test)]
mod tests {
    use super::{MAX_WHOLE_BYTES, whole_lines};

    #[test]
    fn a_pipe_gets_whole_lines() {
        assert_eq!(whole_lines(b"a\nb\n"), b"a\nb\n");
        let line = |length: usize| [vec![b'a'; length - 1], vec![b'\n']].concat();
        let exact = [line(MAX_WHOLE_BYTES - 2), line(2)].concat();
        assert_eq!(whole_lines(&exact), exact);
        let over = [line(MAX_WHOLE_BYTES - 2), line(3)].concat();
        assert_eq!(whole_lines(&over), line(MAX_WHOLE_BYTES - 2));
        let long = [line(MAX_WHOLE_BYTES + 1), line(2)].concat();
        assert_eq!(whole_lines(&long), line(MAX_WHOLE_BYTES + 1));
    }
}
