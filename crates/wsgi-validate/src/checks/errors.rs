//! The errors stream.

use std::{
    io::{self, Write},
    sync::Arc,
};

use wsgi_environ::{Environ, Errors};

use crate::{rule::rules, watch::Watch};

rules! {
    /// Each write to `wsgi.errors` is UTF-8 text, and does not split a character.
    ERRORS_TEXT: Application, Warning, "PEP 3333, Input and Error Streams";
    /// Lines in `wsgi.errors` end with a newline, without a carriage return.
    ERRORS_LINES: Application, Warning, "PEP 3333, Input and Error Streams";
    /// `wsgi.errors` accepts writes.
    ERRORS_STREAM: Gateway, Warning, "PEP 3333, Input and Error Streams";
}

use rules::*;

/// Puts a watched stream in front of the gateway's own.
pub(crate) fn watch(environ: &mut Environ, watch: &Arc<Watch>) {
    environ.set_errors(Errors::to(Watched(Arc::clone(watch))));
}

struct Watched(Arc<Watch>);

impl Watched {
    fn result(&self, result: io::Result<()>) -> io::Result<()> {
        if let Err(error) = &result {
            self.0.noted(ERRORS_STREAM, &format!("it fails: {error:?}"));
        }
        result
    }
}

impl Write for Watched {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.write_all(buf)?;
        Ok(buf.len())
    }

    fn write_all(&mut self, buf: &[u8]) -> io::Result<()> {
        if std::str::from_utf8(buf).is_err() {
            self.0
                .noted(ERRORS_TEXT, "bytes that are not UTF-8 were written");
        }
        if buf.contains(&b'\r') {
            self.0.noted(ERRORS_LINES, "a carriage return was written");
        }
        let result = self.0.errors().write_all(buf);
        self.result(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.0.errors().flush();
        self.result(result)
    }
}
