//! What the disk did not take yet.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

/// The bytes of a block, as the engine's pages have.
const BLOCK: usize = 4096;

/// The parts of a commit that are still to be written: blocks that the disk refused, and the head of
/// the file, which comes last.
#[derive(Debug, Default)]
pub(super) struct Unwritten {
    pub(super) len: Option<u64>,
    pub(super) head: Option<Vec<u8>>,
    blocks: BTreeMap<u64, Vec<u8>>,
    /// Why the disk refused the first of them.
    pub(super) cause: Option<Arc<io::Error>>,
    /// The engine takes the commit for done.
    pub(super) is_committed: bool,
}

impl Unwritten {
    /// Whether something was refused.
    pub(super) fn is_refused(&self) -> bool {
        self.cause.is_some()
    }

    pub(super) fn refuse(&mut self, error: io::Error) {
        self.cause.get_or_insert_with(|| Arc::new(error));
    }

    /// Why something was refused.
    pub(super) fn error(&self) -> Option<io::Error> {
        let cause = self.cause.as_ref()?;
        Some(io::Error::new(cause.kind(), Arc::clone(cause)))
    }

    /// Keeps what is written at an offset, which is a block's, as are the ends of what is longer.
    pub(super) fn keep(&mut self, offset: u64, data: &[u8]) {
        for (number, block) in (offset / BLOCK as u64..).zip(data.chunks(BLOCK)) {
            self.blocks.insert(number, block.to_vec());
        }
    }

    /// Forgets what is past a length.
    pub(super) fn cut(&mut self, len: u64) {
        self.blocks.split_off(&len.div_ceil(BLOCK as u64));
    }

    /// Lays what is kept over what was read at an offset.
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

    /// Has `write` take the blocks, until it refuses one.
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
