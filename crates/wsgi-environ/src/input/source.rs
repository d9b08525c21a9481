//! The source of a body that is not in memory.

use std::io::{self, BufRead, Read};

/// The source of a body, and the number of its bytes that are left, if it is known.
pub(super) struct Source {
    reader: Box<dyn Reader>,
    pub(super) remaining: Option<u64>,
}

/// The methods of [`BufRead`] by which an input reads. A `dyn BufRead` would link fourteen methods
/// for each kind of source; an input calls three.
trait Reader: Send {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize>;
    fn fill_buf(&mut self) -> io::Result<&[u8]>;
    fn consume(&mut self, amount: usize);
}

impl Source {
    pub(super) fn new(reader: impl BufRead + Send + 'static, remaining: Option<u64>) -> Self {
        Self {
            reader: Box::new(reader),
            remaining,
        }
    }

    pub(super) fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buf)?;
        self.count(read);
        Ok(read)
    }

    pub(super) fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }

    pub(super) fn consume(&mut self, amount: usize) {
        self.reader.consume(amount);
        self.count(amount);
    }

    fn count(&mut self, read: usize) {
        if let Some(remaining) = &mut self.remaining {
            *remaining = remaining.saturating_sub(read as u64);
        }
    }
}

impl<R: BufRead + Send> Reader for R {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        Read::read(self, buf)
    }

    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        BufRead::fill_buf(self)
    }

    fn consume(&mut self, amount: usize) {
        BufRead::consume(self, amount);
    }
}
