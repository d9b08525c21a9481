//! The body of a request.

use std::{
    io::{self, BufRead, Read},
    sync::Arc,
};

use wsgi_environ::{Environ, Input};

use crate::{
    finding::Finding,
    rule::rules,
    watch::{Stage, Watch},
};

rules! {
    /// If there is a `CONTENT_LENGTH`, it is the length of `wsgi.input`.
    INPUT_LENGTH: Gateway, Violation, "RFC 3875 section 4.2; PEP 3333, Input and Error Streams";
    /// `wsgi.input` has no bytes after its end.
    INPUT_END: Gateway, Violation, "PEP 3333, Input and Error Streams";
    /// The application does not consume more bytes of `wsgi.input` than `fill_buf` returned.
    INPUT_PAST_END: Application, Violation, "PEP 3333, Input and Error Streams";
    /// The application stops reading at the end of `wsgi.input`, which it may reach twice.
    INPUT_READ_ON: Application, Warning, "PEP 3333, Input and Error Streams";
    /// The application does not read `wsgi.input` after its request is over.
    INPUT_TOO_LATE: Application, Violation, "wsgi-environ, InputError::Closed";
}

use rules::*;

/// Replaces the gateway's input by a watched one.
pub(crate) fn watch(environ: &mut Environ, watch: &Arc<Watch>) -> Result<(), Finding> {
    let declared = environ.content_length();
    let input = environ.take_input();
    let remaining = input.remaining();
    let watched = Input::from_source(Watched {
        input,
        declared,
        given: 0,
        shown: 0,
        ends: 0,
        watch: Arc::clone(watch),
    });
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
    /// The number of bytes shown last and not consumed yet.
    shown: usize,
    /// The number of times that the end was met.
    ends: u32,
    watch: Arc<Watch>,
}

impl Watched {
    fn is_in_time(&self) {
        if self.watch.has_reached(Stage::Finished) {
            self.watch
                .noted(INPUT_TOO_LATE, "it was read after the hooks ran");
        }
    }

    /// Checks an end.
    fn end(&mut self) -> Result<(), Finding> {
        let is_application = !self.watch.has_reached(Stage::Answered);
        // Reading lines meets the end twice if the last line has no newline.
        let is_kept = self.ends < 2 || !is_application;
        self.watch.require(is_kept, INPUT_READ_ON, || {
            "it was read three times at its end".to_owned()
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

    /// Checks bytes beyond those that were given.
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
            0 => Ok(&[]), // a second call would read past the end
            _ => self.input.fill_buf(),
        }
    }

    fn consume(&mut self, amount: usize) {
        let is_kept = amount <= self.shown;
        // The reader gets no error here, but the response fails.
        let _ = self.watch.require(is_kept, INPUT_PAST_END, || {
            format!("it consumed {amount} bytes and was shown {}", self.shown)
        });
        let amount = amount.min(self.shown);
        self.input.consume(amount);
        self.given = self.given.saturating_add(amount as u64);
        self.shown -= amount;
    }
}
