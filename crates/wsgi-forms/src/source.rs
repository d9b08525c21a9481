//! A reader, and the bytes of it that are looked at.

use std::io::{self, Read};

use crate::FormError;

/// Where a form comes from, with a buffer that keeps what was not consumed.
///
/// It takes at most so many bytes from its reader, and one more to see that there are too many.
pub(crate) struct Source<R> {
    reader: R,
    /// How many more bytes may come.
    left: u64,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    has_ended: bool,
    is_too_large: bool,
}

/// A buffer starts small, for the forms that are, and grows while reading fills it. Beyond
/// `LARGE` it grows only if that much was left over, which the limits bound.
const SMALL: usize = 4 << 10;
const LARGE: usize = 64 << 10;

impl<R: Read> Source<R> {
    pub(crate) fn new(reader: R, most: u64) -> Self {
        Self {
            reader,
            left: most,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            has_ended: false,
            is_too_large: false,
        }
    }

    /// What was read and not consumed.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Whether nothing comes after [`bytes`](Self::bytes).
    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended
    }

    pub(crate) fn consume(&mut self, amount: usize) {
        self.start = self.end.min(self.start + amount);
    }

    /// Reads once, so that there are more bytes or [`has_ended`](Self::has_ended).
    pub(crate) fn fill(&mut self) -> Result<(), FormError> {
        if self.is_too_large {
            return Err(FormError::TooLarge); // and what was read last must not become its end
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
        let most = usize::try_from(self.left).map_or(free.len(), |left| left.min(free.len()));
        let free = match most {
            0 => &mut free[..1],
            most => &mut free[..most],
        };
        let read = loop {
            match self.reader.read(free) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        if read as u64 > self.left {
            self.is_too_large = true;
            return Err(FormError::TooLarge);
        }
        self.left -= read as u64;
        self.end += read;
        self.has_ended = read == 0;
        Ok(())
    }
}
