//! Data that the disk has not taken yet.

use std::{collections::BTreeMap, io, sync::Arc};

/// The size of a block, which is that of the engine's pages.
const BLOCK: usize = 4096;

/// The parts of a commit that must still be written: refused blocks, and the head of the file,
/// which comes last.
#[derive(Debug, Default)]
pub(super) struct Unwritten {
    pub(super) len: Option<u64>,
    pub(super) head: Option<Vec<u8>>,
    blocks: BTreeMap<u64, Vec<u8>>,
    /// The error of the first refused write.
    pub(super) cause: Option<Arc<io::Error>>,
    /// Whether the engine believes that the commit is done.
    pub(super) is_committed: bool,
}

impl Unwritten {
    /// Whether a write was refused.
    pub(super) fn is_refused(&self) -> bool {
        self.cause.is_some()
    }

    pub(super) fn refuse(&mut self, error: io::Error) {
        self.cause.get_or_insert_with(|| Arc::new(error));
    }

    /// Returns the error of the refused write.
    pub(super) fn error(&self) -> Option<io::Error> {
        let cause = self.cause.as_ref()?;
        Some(io::Error::new(cause.kind(), Arc::clone(cause)))
    }

    /// Keeps the data of a write. It begins and ends at block boundaries.
    pub(super) fn keep(&mut self, offset: u64, data: &[u8]) {
        for (number, block) in (offset / BLOCK as u64..).zip(data.chunks(BLOCK)) {
            self.blocks.insert(number, block.to_vec());
        }
    }

    /// Forgets the data past a length.
    pub(super) fn cut(&mut self, len: u64) {
        self.blocks.split_off(&len.div_ceil(BLOCK as u64));
    }

    /// Overlays the data that was read at an offset with the kept data.
    pub(super) fn cover(&self, offset: u64, out: &mut [u8]) {
        if let (0, Some(head)) = (offset, &self.head) {
            let len = head.len().min(out.len());
            out[..len].copy_from_slice(&head[..len]);
        }
        let first = offset / BLOCK as u64;
        let last = first + out.len().div_ceil(BLOCK) as u64;
        for (number, block) in self.blocks.range(first..last) {
            let at = (number - first) as usize * BLOCK;
            let len = block.len().min(out.len() - at);
            out[at..at + len].copy_from_slice(&block[..len]);
        }
    }

    /// Passes each block to `write`, until it refuses one.
    pub(super) fn drain(
        &mut self,
        mut write: impl FnMut(u64, &[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        while let Some((number, block)) = self.blocks.first_key_value() {
            write(number * BLOCK as u64, block)?;
            self.blocks.pop_first();
        }
        Ok(())
    }
}
