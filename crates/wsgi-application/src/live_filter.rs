//! A filter of a live body, whose chunks come one at a time.

use std::io;

use crate::{chunk::Chunk, filter::Filter};

/// A filter of any type that is flushed after each chunk, since the next one may take time.
pub(crate) struct LiveFilter(Box<dyn Filter>);

impl LiveFilter {
    pub(crate) fn new(filter: impl Filter) -> Self {
        Self(Box::new(filter))
    }

    /// Filters a chunk, which is not empty.
    pub(crate) fn chunk(&mut self, chunk: &Chunk) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        self.0.chunk(chunk.bytes()?, &mut out)?;
        self.0.flush(&mut out)?;
        Ok(out)
    }

    /// Filters the last bytes, if there are any, and ends the filter.
    pub(crate) fn end(&mut self, last: &Chunk) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        if !last.is_empty() {
            self.0.chunk(last.bytes()?, &mut out)?;
        }
        self.0.end(&mut out)?;
        Ok(out)
    }
}
