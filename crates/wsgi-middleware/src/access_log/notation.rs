//! The notations of values: text, and JSON.

use std::time::Duration;

use crate::{
    access_log::escape::{Spaces, push_json, push_text},
    digits::{push_number, push_padded},
};

/// A way to write values, and the line to which it adds them.
pub(super) trait Notation {
    /// The line, for a value that is a number.
    fn line(&mut self) -> &mut Vec<u8>;

    fn absent(&mut self);

    fn flag(&mut self, flag: bool);

    fn text(&mut self, text: &[u8]);

    /// Adds words with spaces between them, which stay.
    fn words(&mut self, words: &[u8]);

    /// Adds texts as one value. If they are empty, so is the value.
    fn texts(&mut self, texts: &[&[u8]]);

    /// Adds a text as its closure writes it.
    fn plain(&mut self, push: impl FnOnce(&mut Vec<u8>));

    #[inline(always)] // as most texts take little else
    fn text_or_absent(&mut self, text: Option<impl AsRef<[u8]>>) {
        match text {
            Some(text) => self.text(text.as_ref()),
            None => self.absent(),
        }
    }

    fn number(&mut self, number: Option<u64>) {
        match number {
            Some(number) => push_number(self.line(), number),
            None => self.absent(),
        }
    }

    /// Adds a duration in seconds, to the microsecond.
    fn seconds(&mut self, duration: Duration) {
        let line = self.line();
        push_number(line, duration.as_secs());
        line.push(b'.');
        push_padded(line, duration.subsec_micros().into(), 6);
    }
}

/// A text format. A value that is absent is a hyphen, and so is an empty text.
pub(super) struct Text<'a> {
    pub(super) line: &'a mut Vec<u8>,
    pub(super) spaces: Spaces,
}

impl Notation for Text<'_> {
    fn line(&mut self) -> &mut Vec<u8> {
        self.line
    }

    fn absent(&mut self) {
        self.line.push(b'-');
    }

    fn flag(&mut self, flag: bool) {
        let text: &[u8] = if flag { b"yes" } else { b"no" };
        self.line.extend_from_slice(text);
    }

    fn text(&mut self, text: &[u8]) {
        match text {
            b"" => self.absent(),
            text => push_text(self.line, text, self.spaces),
        }
    }

    fn words(&mut self, words: &[u8]) {
        push_text(self.line, words, Spaces::Kept);
    }

    fn texts(&mut self, texts: &[&[u8]]) {
        for text in texts {
            push_text(self.line, text, self.spaces);
        }
    }

    fn plain(&mut self, push: impl FnOnce(&mut Vec<u8>)) {
        push(self.line);
    }
}

/// JSON (RFC 8259).
pub(super) struct Json<'a> {
    pub(super) line: &'a mut Vec<u8>,
}

impl Notation for Json<'_> {
    fn line(&mut self) -> &mut Vec<u8> {
        self.line
    }

    fn absent(&mut self) {
        self.line.extend_from_slice(b"null");
    }

    fn flag(&mut self, flag: bool) {
        let text: &[u8] = if flag { b"true" } else { b"false" };
        self.line.extend_from_slice(text);
    }

    fn text(&mut self, text: &[u8]) {
        self.plain(|line| push_json(line, text));
    }

    fn words(&mut self, words: &[u8]) {
        self.text(words);
    }

    fn texts(&mut self, texts: &[&[u8]]) {
        self.plain(|line| texts.iter().for_each(|text| push_json(line, text)));
    }

    fn plain(&mut self, push: impl FnOnce(&mut Vec<u8>)) {
        self.line.push(b'"');
        push(self.line);
        self.line.push(b'"');
    }
}
