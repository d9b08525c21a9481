//! Records of the `log` crate, made of what is written to an errors stream.
//!
//! Many threads write to the same stream. Each keeps the line that it has begun in a variable of
//! its own until the line is complete. Nothing is locked or borrowed while the logger runs.

use std::{
    cell::Cell,
    fmt,
    io::{self, Write},
};

use log::{Level, STATIC_MAX_LEVEL};

/// The target of all records.
const TARGET: &str = "wsgi";

/// The limit of an entry that has not ended, in bytes.
const MAX_BEGUN_BYTES: usize = 8 * 1024;

thread_local! {
    /// The entry that this thread has begun.
    static BEGUN: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };

    /// Whether the logger runs on this thread.
    static IS_LOGGING: Cell<bool> = const { Cell::new(false) };
}

/// Whether text that is written now goes anywhere.
pub(super) fn are_wanted() -> bool {
    IS_LOGGING.get() || is_enabled(Level::Error)
}

fn is_enabled(level: Level) -> bool {
    level <= STATIC_MAX_LEVEL && level <= log::max_level()
}

/// Logs the entries that end in this text, and keeps the one that it begins.
pub(super) fn write(text: &[u8]) -> io::Result<()> {
    if IS_LOGGING.get() {
        return io::stderr().lock().write_all(text);
    }
    if !is_enabled(Level::Error) {
        return Ok(());
    }
    let last_end = text.iter().rposition(|&byte| byte == b'\n');
    let (ended, begun) = text.split_at(last_end.map_or(0, |end| end + 1));
    let mut kept = take_begun();
    if kept.is_empty() {
        log_entry(Level::Error, ended);
    } else if !ended.is_empty() {
        kept.extend_from_slice(ended);
        log_entry(Level::Error, &kept);
        kept.clear();
    }
    if kept.len() + begun.len() > MAX_BEGUN_BYTES {
        kept.extend_from_slice(begun);
        let end = end_of_characters(&kept);
        log_entry(Level::Error, &kept[..end]);
        kept.drain(..end);
    } else {
        kept.extend_from_slice(begun);
    }
    kept.shrink_to(MAX_BEGUN_BYTES);
    if let Err(kept) = keep(kept) {
        log_entry(Level::Error, &kept);
    }
    Ok(())
}

/// Logs a notice.
pub(super) fn notice(text: fmt::Arguments<'_>) {
    if IS_LOGGING.get() {
        let _ = writeln!(io::stderr(), "{text}");
    } else if is_enabled(Level::Info) {
        // Formatted outside the logger, since a value may write to the stream.
        let mut line = String::new();
        if fmt::write(&mut line, text).is_ok() {
            log_entry(Level::Info, line.as_bytes());
        }
    }
}

/// Logs the entry that this thread has begun.
#[inline]
pub(super) fn end_entry() {
    let begun = take_begun();
    if !begun.is_empty() {
        log_entry(Level::Error, &begun);
    }
}

/// Logs the entry that this thread has begun, and flushes the logger.
pub(super) fn flush() -> io::Result<()> {
    if IS_LOGGING.get() {
        return io::stderr().flush();
    }
    end_entry();
    let _logging = Logging::begin();
    log::logger().flush();
    Ok(())
}

fn take_begun() -> Vec<u8> {
    // A thread that ends has no memory of its own any more.
    BEGUN.try_with(Cell::take).unwrap_or_default()
}

/// Keeps an entry that has not ended. Returns it if the thread ends, and cannot keep it.
fn keep(begun: Vec<u8>) -> Result<(), Vec<u8>> {
    let mut begun = Some(begun);
    let _ = BEGUN.try_with(|own| own.set(begun.take().unwrap_or_default()));
    begun.map_or(Ok(()), Err)
}

/// Calls the logger, unless the text is blank.
fn log_entry(level: Level, text: &[u8]) {
    let end = text.iter().rposition(|&byte| byte != b'\n');
    if let Some(end) = end {
        let text = String::from_utf8_lossy(&text[..=end]);
        let _logging = Logging::begin();
        log::log!(target: TARGET, level, "{text}");
    }
}

/// The time during which the logger runs. It ends even if the logger panics.
struct Logging;

impl Logging {
    fn begin() -> Self {
        IS_LOGGING.set(true);
        Self
    }
}

impl Drop for Logging {
    fn drop(&mut self) {
        IS_LOGGING.set(false);
    }
}

/// The end of the last character that is not cut off.
fn end_of_characters(text: &[u8]) -> usize {
    let is_cut_off = |&start: &usize| {
        let rest = str::from_utf8(&text[start..]);
        rest.is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
    };
    let last = text.len().saturating_sub(3)..text.len();
    last.into_iter().find(is_cut_off).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::end_of_characters;

    #[test]
    fn only_a_character_that_is_cut_off_is_left_out() {
        for (text, end) in [
            (&b""[..], 0),
            (b"a", 1),
            ("tea \u{20ac}".as_bytes(), 7),
            (b"tea \xe2\x82", 4),
            (b"tea \xe2", 4),
            (b"\xf0\x9f\x8d", 0),
            (b"tea \xff", 5),
            (b"\x82\x82\x82", 3),
        ] {
            assert_eq!(end_of_characters(text), end, "{text:?}");
        }
    }
}
