//! The end of what an application wrote, before the body that it returned.

use std::io;

use crate::{chunk::Chunk, filter::Filter};

/// The bytes that an application wrote last, and that its filter has not seen.
pub(super) struct Written {
    pub(super) bytes: Vec<u8>,
    /// Whether the filter has seen no chunk since its last flush.
    pub(super) is_flushed: bool,
}

impl Written {
    pub(super) fn into_chunk(self) -> Chunk {
        self.bytes.into()
    }

    /// Filters them, before bytes that are at hand.
    pub(super) fn pass(&self, filter: &mut impl Filter, out: &mut Vec<u8>) -> io::Result<()> {
        match self.bytes.is_empty() {
            true => Ok(()),
            false => filter.chunk(&self.bytes, out),
        }
    }

    /// Filters them, before bytes that may take time.
    pub(super) fn pass_and_flush(
        &self,
        filter: &mut impl Filter,
        out: &mut Vec<u8>,
    ) -> io::Result<()> {
        self.pass(filter, out)?;
        match self.bytes.is_empty() && self.is_flushed {
            true => Ok(()),
            false => filter.flush(out),
        }
    }
}
