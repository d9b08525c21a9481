//! A filter on the way of a body that is sent while it comes.

use std::io;

use crate::{chunk::Chunk, filter::Filter};

/// A filter of any type, for chunks of which each is flushed, since the next one may take time.
pub(crate) trait Stage: Send {
    /// Filters a chunk, which is not empty.
    fn chunk(&mut self, chunk: &Chunk) -> io::Result<Vec<u8>>;

    /// Filters the last bytes, if there are any, and ends the filter.
    fn end(&mut self, last: &Chunk) -> io::Result<Vec<u8>>;
}

impl<F: Filter> Stage for F {
    fn chunk(&mut self, chunk: &Chunk) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        Filter::chunk(self, chunk.bytes()?, &mut out)?;
        self.flush(&mut out)?;
        Ok(out)
    }

    fn end(&mut self, last: &Chunk) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        if !last.is_empty() {
            Filter::chunk(self, last.bytes()?, &mut out)?;
        }
        Filter::end(self, &mut out)?;
        Ok(out)
    }
}
