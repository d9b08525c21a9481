//! The body of a request.

use std::{
    io::{self, BufRead, Read},
    sync::Arc,
};

use wsgi_environ::{Environ, Input};

use crate::{
    Finding,
    rule::rules,
    watch::{Stage, Watch},
};

rules! {
    /// `wsgi.input` has as many bytes as `CONTENT_LENGTH` says, where it says it.
    INPUT_LENGTH: Gateway, Violation, "RFC 3875 section 4.2; PEP 3333, Input and Error Streams";
    /// `wsgi.input` stays at its end.
    INPUT_END: Gateway, Violation, "PEP 3333, Input and Error Streams";
    /// The application consumes no more of `wsgi.input` than it was shown.
    INPUT_PAST_END: Application, Violation, "PEP 3333, Input and Error Streams";
    /// The application stops reading at the end, which it may find twice.
    INPUT_READ_ON: Application, Warning, "PEP 3333, Input and Error Streams";
    /// The application does not read when its request is over.
    INPUT_TOO_LATE: Application, Violation, "wsgi-environ, InputError::Closed";
}

use rules::*;

/// Puts an input that is watched in the place of the gateway's.
pub(crate) fn watch(environ: &mut Environ, watch: &Arc<Watch>) -> Result<(), Finding> {
    let declared = environ.content_length();
    let input = environ.take_input();
    let remaining = input.remaining();
    let watched = Input::from_source(Box::new(Watched {
        input,
        declared,
        given: 0,
        shown: 0,
        ends: 0,
        watch: Arc::clone(watch),
    }));
    environ.set_input(match remaining {
        Some(remaining) => watched.with_remaining(remaining),
        None => watched,
    });
    match (declared, remaining) {
        (Some(declared), Some(remaining)) => {
            watch.require(declared == remaining, INPUT_LENGTH, || {
                format!("{declared} bytes are declared and {remaining} remain to be read")
            })
        }
        _ => Ok(()),
    }
}

struct Watched {
    input: Input,
    declared: Option<u64>,
    given: u64,
    /// How much of what was last shown is not consumed.
    shown: usize,
    /// How often the end was met.
    ends: u32,
    watch: Arc<Watch>,
}

impl Watched {
    fn is_in_time(&self) {
        if self.watch.has_reached(Stage::Finished) {
            self.watch
                .noted(INPUT_TOO_LATE, "it is read after the hooks ran");
        }
    }

    /// The end was met.
    fn end(&mut self) -> Result<(), Finding> {
        let is_application = !self.watch.has_reached(Stage::Answered);
        // Lines of which the last has no newline take two.
        let is_kept = self.ends < 2 || !is_application;
        self.watch.require(is_kept, INPUT_READ_ON, || {
            "it is read for a third time after it has ended".to_owned()
        })?;
        self.ends = self.ends.saturating_add(1);
        match self.declared {
            Some(declared) if self.given < declared => self.watch.broken(
                INPUT_LENGTH,
                &format!(
                    "{declared} bytes are declared and it ends after {}",
                    self.given
                ),
            ),
            _ => Ok(()),
        }
    }

    /// So many bytes are there, beyond those that were given.
    fn bytes(&mut self, length: usize) -> Result<(), Finding> {
        self.watch.require(self.ends == 0, INPUT_END, || {
            "there are bytes after the end".to_owned()
        })?;
        let given = self.given.saturating_add(length as u64);
        let is_kept = self.declared.is_none_or(|declared| given <= declared);
        self.watch.require(is_kept, INPUT_LENGTH, || {
            let declared = self.declared.unwrap_or_default();
            format!("{declared} bytes are declared and there are more")
        })
    }

    fn check(&mut self, length: usize) -> io::Result<()> {
        let result = match length {
            0 => self.end(),
            length => self.bytes(length),
        };
        result.map_err(Finding::into_io)
    }
}

impl Read for Watched {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.is_in_time();
        let length = self.input.read(buf)?;
        if !buf.is_empty() {
            self.check(length)?;
        }
        self.given = self.given.saturating_add(length as u64);
        self.shown = self.shown.saturating_sub(length);
        Ok(length)
    }
}

impl BufRead for Watched {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.is_in_time();
        self.shown = self.input.fill_buf()?.len();
        self.check(self.shown)?;
        match self.shown {
            0 => Ok(&[]), // to ask once more would be to read on
            _ => self.input.fill_buf(),
        }
    }

    fn consume(&mut self, amount: usize) {
        let is_kept = amount <= self.shown;
        // A reader gets no error here; the response does.
        let _ = self.watch.require(is_kept, INPUT_PAST_END, || {
            format!("it consumes {amount} bytes and was shown {}", self.shown)
        });
        let amount = amount.min(self.shown);
        self.input.consume(amount);
        self.given = self.given.saturating_add(amount as u64);
        self.shown -= amount;
    }
}
