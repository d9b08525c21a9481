//! Entries in the errors stream.

use std::{
    backtrace::BacktraceStatus,
    fmt::{self, Write as _},
    io::Write as _,
};

use wsgi_application::{Environ, Error};
use wsgi_environ::{DeadlinePassed, Errors, Value};

use crate::panic::{Panic, caught};

/// The bytes of a part of a request that are shown before each message about it.
const MAX_SHOWN: usize = 250;

/// The line in place of a backtrace without names.
const NO_SYMBOLS: &str = "no backtrace, because the program was built without symbols";

/// Logs an error, with at most `max_backtrace_lines` lines of its backtrace. `whose` comes before
/// its message.
pub(crate) fn failure(
    environ: &Environ,
    whose: &str,
    error: &Error,
    max_backtrace_lines: Option<usize>,
) {
    let described = caught(|| {
        let mut text = whose.to_owned();
        describe(&mut text, error, max_backtrace_lines);
        Ok(text)
    });
    let text = described.unwrap_or_else(|panic| format!("{whose}its description {panic}"));
    log_message(environ, format_args!("{}", text.trim_end()));
}

/// For gateways: logs a message about a request to its errors stream.
///
/// Before it come the request's id, if it has one (`UNIQUE_ID`, as in Apache), its method and its
/// path, unless there is no request. Of each, at most 250 bytes are shown. Control characters
/// are escaped, and every line but the first is indented, so that no part of a request can begin an
/// entry of its own. A log that cannot be written does not fail the request.
///
/// ```
/// use wsgi_environ::{Environ, Errors};
/// use wsgi_gateway::log_message;
///
/// let (errors, log) = Errors::buffer();
/// let mut environ = Environ::new();
/// environ.set_errors(errors);
/// environ.set("UNIQUE_ID", "7f");
/// environ.set("REQUEST_METHOD", "GET");
/// environ.set("PATH_INFO", "/tea");
/// log_message(&environ, format_args!("the response cannot be written"));
/// assert_eq!(log.contents(), b"[7f] GET \"/tea\": the response cannot be written\n");
/// ```
pub fn log_message(environ: &Environ, message: fmt::Arguments<'_>) {
    RequestLog::of(environ).log_message(message);
}

/// For gateways: the log of a request, for messages that come when its environ is no longer there.
///
/// ```
/// use wsgi_environ::{Environ, Errors};
/// use wsgi_gateway::RequestLog;
///
/// let (errors, written) = Errors::buffer();
/// let mut environ = Environ::new();
/// environ.set_errors(errors);
/// environ.set("REQUEST_METHOD", "GET");
/// environ.set("PATH_INFO", "/tea");
/// let log = RequestLog::of(&environ);
/// drop(environ);
/// log.log_message(format_args!("the kettle has ended with status 1"));
/// assert_eq!(written.contents(), b"GET \"/tea\": the kettle has ended with status 1\n");
/// ```
#[derive(Clone, Debug)]
pub struct RequestLog {
    errors: Errors,
    heading: String,
}

impl RequestLog {
    /// Makes a log to the errors stream of a request.
    #[must_use]
    #[inline(never)] // as it is long, and called from several places
    pub fn of(environ: &Environ) -> Self {
        let heading = caught(|| {
            let mut heading = Entry(String::new());
            if let Some(id) = environ.get("UNIQUE_ID") {
                write!(heading, "[{}] ", shown(id.to_string()))?;
            }
            if let Some(method) = environ.get("REQUEST_METHOD") {
                let mut path = environ.script_name().as_bytes().to_vec();
                path.extend_from_slice(environ.path_info().as_bytes());
                let path = format!("{:?}", Value::from(&path[..]));
                write!(heading, "{} {}: ", shown(method.to_string()), shown(path))?;
            }
            Ok(heading.0)
        });
        Self {
            errors: environ.errors().clone(),
            heading: heading.unwrap_or_default(),
        }
    }

    /// Logs a message, as [`log_message`] does.
    #[inline(never)] // as above
    pub fn log_message(&self, message: fmt::Arguments<'_>) {
        let _ = caught(|| {
            let mut entry = Entry(self.heading.clone());
            write!(entry, "{message}")?;
            entry.0.push('\n');
            Ok((&self.errors).write_all(entry.0.as_bytes())?)
        });
    }
}

/// A part of a request, without what is too much for each entry of a log.
fn shown(mut part: String) -> String {
    if part.len() > MAX_SHOWN {
        let end = (0..=MAX_SHOWN).rfind(|&end| part.is_char_boundary(end));
        part.truncate(end.unwrap_or(0));
        part.push_str("...");
    }
    part
}

/// Logs that bytes beyond the declared length were cut.
pub(crate) fn surplus(environ: &Environ) {
    log_message(
        environ,
        format_args!("bytes beyond the Content-Length were cut"),
    );
}

/// Logs that bytes are missing of the declared length.
pub(crate) fn shortfall(environ: &Environ, missing: u64) {
    log_message(
        environ,
        format_args!("the body is {missing} bytes short of its Content-Length"),
    );
}

/// Describes the error, its causes and its backtrace, each on a line.
pub(crate) fn describe(text: &mut String, error: &Error, max_backtrace_lines: Option<usize>) {
    for (index, message) in error.messages().enumerate() {
        let label = if index == 0 { "" } else { "caused by: " };
        let _ = writeln!(text, "{label}{message}");
    }
    // The backtrace of a panic went to the panic hook. This one would be the engine's, as that of a
    // passed deadline is.
    let is_ours =
        error.downcast_ref::<Panic>().is_some() || error.downcast_ref::<DeadlinePassed>().is_some();
    let most = max_backtrace_lines.unwrap_or(usize::MAX);
    // Names for its addresses take time, and many megabytes that the process keeps.
    if most > 0 && error.backtrace().status() == BacktraceStatus::Captured && !is_ours {
        let named = error.named_frames();
        let backtrace = named.as_deref().unwrap_or(NO_SYMBOLS);
        for line in backtrace.lines().take(most) {
            let _ = writeln!(text, "{line}");
        }
    }
}

/// The text of an entry. Every line but the first is indented and control characters are escaped,
/// so that text from a client cannot begin an entry of its own.
struct Entry(String);

impl fmt::Write for Entry {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            match character {
                '\n' => self.0.push_str("\n  "),
                '\t' => self.0.push('\t'),
                '\u{2028}' | '\u{2029}' => self.0.extend(character.escape_unicode()),
                _ if character.is_control() => self.0.extend(character.escape_default()),
                _ => self.0.push(character),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(variables: &[(&str, &str)], text: &str, logged: &str) {
        let (errors, log) = Errors::buffer();
        let mut environ = Environ::new();
        environ.set_errors(errors);
        for (name, value) in variables {
            environ.set(name, value);
        }
        log_message(&environ, format_args!("{text}"));
        assert_eq!(log.to_string(), logged);
    }

    #[test]
    fn a_cause_that_is_part_of_the_error_is_not_repeated() {
        #[derive(Debug)]
        struct Unreachable(std::io::Error);
        impl fmt::Display for Unreachable {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "no answer: {}", self.0)
            }
        }
        impl std::error::Error for Unreachable {
            fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
                Some(&self.0)
            }
        }
        let refused = || std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        let mut text = String::new();
        describe(&mut text, &Error::from(Unreachable(refused())), Some(0));
        assert_eq!(text, "no answer: connection refused\n");
    }

    #[test]
    fn a_backtrace_is_described_if_there_is_one_but_never_for_a_panic() {
        let described = |error: &Error| {
            let mut text = String::new();
            describe(&mut text, error, None);
            text
        };
        let panic = caught::<()>(|| panic!("broken")).unwrap_err();
        assert_eq!(described(&panic), "panicked: broken\n");
        let error = Error::from("broken");
        let is_captured = error.backtrace().status() == BacktraceStatus::Captured;
        assert_eq!(described(&error) == "broken\n", !is_captured);
    }

    #[test]
    fn an_entry_names_the_request() {
        let request = [("REQUEST_METHOD", "GET"), ("PATH_INFO", "/a b")];
        check(&request, "failed", "GET \"/a b\": failed\n");
        let request = [("UNIQUE_ID", "7f"), ("REQUEST_METHOD", "PUT")];
        check(&request, "failed", "[7f] PUT \"\": failed\n");
        check(&[], "failed", "failed\n");
    }

    #[test]
    fn an_entry_shows_a_part_of_a_long_request() {
        let path = format!("/{}", "\u{e9}".repeat(8000));
        let request = [("REQUEST_METHOD", "GET"), ("PATH_INFO", &path)];
        let shown = format!("GET \"/{}...: failed\n", "\u{e9}".repeat(124));
        check(&request, "failed", &shown);
        let long = "a".repeat(8000);
        let request = [("UNIQUE_ID", &*long), ("REQUEST_METHOD", &long)];
        let shown = format!("{}...", &long[..250]);
        check(
            &request,
            "failed",
            &format!("[{shown}] {shown} \"\": failed\n"),
        );
    }

    #[test]
    fn a_tab_stays_in_an_entry() {
        check(&[], "a\tb", "a\tb\n");
    }

    #[test]
    fn no_part_of_a_request_begins_an_entry() {
        let forged = "x\r\nGET \"/\": forged\u{1b}[2J\u{85}\u{2028}";
        let escaped = "x\\r\n  GET \"/\": forged\\u{1b}[2J\\u{85}\\u{2028}";
        check(&[], forged, &format!("{escaped}\n"));
        check(
            &[("REQUEST_METHOD", forged)],
            "m",
            &format!("{escaped} \"\": m\n"),
        );
        check(&[("UNIQUE_ID", forged)], "m", &format!("[{escaped}] m\n"));
        let request = [("REQUEST_METHOD", "GET"), ("PATH_INFO", "/\r\nGET")];
        check(&request, "m", "GET \"/\\r\\nGET\": m\n");
    }
}
