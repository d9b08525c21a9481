//! The buffer between a reader and a parser.

use std::io::{self, Read};

use crate::form_error::FormError;

/// The reader of a form's body, with a buffer for the bytes that are not yet consumed.
///
/// It reads at most as many bytes as the limit allows, and one more to detect a longer body.
pub(crate) struct Source<R> {
    reader: R,
    /// The number of bytes that the limit still allows.
    left: u64,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    has_ended: bool,
    /// Whether more came than the limit allows. The error is then repeated, so that the bytes
    /// before the limit cannot be taken for the whole body.
    is_too_large: bool,
}

/// A buffer starts small and grows while reading fills it. Beyond `LARGE` it grows only if the
/// parser needs more bytes than it holds, which the limits bound.
const SMALL: usize = 4 << 10;
const LARGE: usize = 64 << 10;

impl<R: Read> Source<R> {
    pub(crate) fn new(reader: R, limit: u64) -> Self {
        Self {
            reader,
            left: limit,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            has_ended: false,
            is_too_large: false,
        }
    }

    /// The bytes that were read and not yet consumed.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Whether [`bytes`](Self::bytes) are the last ones.
    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended
    }

    pub(crate) fn consume(&mut self, amount: usize) {
        self.start = self.end.min(self.start + amount);
    }

    /// Reads once. Afterwards there are more bytes, or the body [has ended](Self::has_ended).
    pub(crate) fn fill(&mut self) -> Result<(), FormError> {
        if self.is_too_large {
            return Err(FormError::BodyTooLarge);
        }
        let kept = self.end - self.start;
        self.buffer.copy_within(self.start..self.end, 0);
        let was_full = self.end == self.buffer.len();
        (self.start, self.end) = (0, kept);
        if was_full && (kept == self.buffer.len() || self.buffer.len() < LARGE) {
            let size = (2 * self.buffer.len()).max(SMALL);
            self.buffer.resize(size, 0);
        }
        let free = &mut self.buffer[kept..];
        // At the limit one more byte is read, to tell a longer body from one that ends here.
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).max(1);
        let room = free.len().min(most);
        let free = &mut free[..room];
        let read = loop {
            match self.reader.read(free) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        if read as u64 > self.left {
            self.is_too_large = true;
            return Err(FormError::BodyTooLarge);
        }
        self.left -= read as u64;
        self.end += read;
        self.has_ended = read == 0;
        Ok(())
    }
}
