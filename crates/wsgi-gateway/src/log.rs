//! What the errors stream is told.

use std::{
    backtrace::BacktraceStatus,
    fmt::{self, Write as _},
    io::Write as _,
};

use wsgi_application::{Environ, Error};

/// Logs the failure of a request, with at most `backtrace_limit` lines of backtrace.
pub(crate) fn failure(environ: &Environ, error: &Error, backtrace_limit: Option<usize>) {
    let mut text = String::new();
    describe(&mut text, error, backtrace_limit);
    message(environ, format_args!("{}", text.trim_end()));
}

/// Logs one message about a request: its id where it has one (`UNIQUE_ID`, as
/// Apache names it), its method and its path come first.
pub(crate) fn message(environ: &Environ, message: fmt::Arguments<'_>) {
    let mut text = String::new();
    if let Some(id) = environ.get("UNIQUE_ID") {
        let _ = write!(text, "[{id}] ");
    }
    // Debug quotes a value, so that no request can write a line of its own.
    let _ = writeln!(
        text,
        "{} {:?}: {message}",
        environ.request_method(),
        environ.path_info()
    );
    let _ = environ.errors().write_all(text.as_bytes());
}

/// The error, its causes and its backtrace, one a line.
pub(crate) fn describe(text: &mut String, error: &Error, backtrace_limit: Option<usize>) {
    let _ = writeln!(text, "{error}");
    for cause in error.chain().skip(1) {
        let _ = writeln!(text, "  caused by: {cause}");
    }
    if error.backtrace().status() == BacktraceStatus::Captured {
        let backtrace = error.backtrace().to_string();
        for line in backtrace
            .lines()
            .take(backtrace_limit.unwrap_or(usize::MAX))
        {
            let _ = writeln!(text, "  {line}");
        }
    }
}
