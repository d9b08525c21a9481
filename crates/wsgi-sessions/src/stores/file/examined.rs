//! A file that is examined: it is read and locked, but writes stay in memory.

use std::{
    collections::BTreeMap,
    io,
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use redb::StorageBackend;

use super::{locks::pass_on_locks, unfinished::is_unfinished};

/// The size of the blocks that are kept in memory.
const BLOCK: u64 = 4096;

/// A file that is examined. An engine can repair it as usual, but nothing reaches the disk.
///
/// Clones are the same file.
#[derive(Debug)]
pub(super) struct Examined<B>(Arc<Inside<B>>);

#[derive(Debug)]
struct Inside<B> {
    file: B,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    written: BTreeMap<u64, Vec<u8>>,
    len: Option<u64>,
    last_read: Option<Range<u64>>,
}

impl<B: StorageBackend> Examined<B> {
    pub(super) fn new(file: B) -> Self {
        Self(Arc::new(Inside {
            file,
            state: Mutex::default(),
        }))
    }

    /// Returns the place of the last read in the file. After a failed check, it is what failed.
    pub(super) fn last_read(&self) -> Option<Range<u64>> {
        self.state().last_read.clone()
    }

    /// Whether the creation of the file was interrupted.
    pub(super) fn is_unfinished(&self) -> io::Result<bool> {
        is_unfinished(&self.0.file)
    }

    /// Forgets all writes.
    pub(super) fn reset(&self) {
        *self.state() = State::default();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads without noting it.
    fn load(&self, state: &State, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let end = self.0.file.len()?;
        let there = end.saturating_sub(offset).min(out.len() as u64) as usize;
        self.0.file.read(offset, &mut out[..there])?;
        out[there..].fill(0);
        let last = offset + out.len() as u64;
        for (&at, block) in state.written.range(offset / BLOCK * BLOCK..last) {
            let from = at.max(offset);
            let to = (at + BLOCK).min(last);
            out[(from - offset) as usize..(to - offset) as usize]
                .copy_from_slice(&block[(from - at) as usize..(to - at) as usize]);
        }
        Ok(())
    }
}

impl<B> Clone for Examined<B> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<B: StorageBackend> StorageBackend for Examined<B> {
    fn len(&self) -> io::Result<u64> {
        self.state().len.map_or_else(|| self.0.file.len(), Ok)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let mut state = self.state();
        state.last_read = Some(offset..offset + out.len() as u64);
        self.load(&state, offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.state().len = Some(len);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        let last = offset + data.len() as u64;
        for at in (offset / BLOCK * BLOCK..last).step_by(BLOCK as usize) {
            let mut block = vec![0; BLOCK as usize];
            self.load(&state, at, &mut block)?;
            let (from, to) = (at.max(offset), (at + BLOCK).min(last));
            block[(from - at) as usize..(to - at) as usize]
                .copy_from_slice(&data[(from - offset) as usize..(to - offset) as usize]);
            state.written.insert(at, block);
        }
        Ok(())
    }

    /// The lock lasts until the file is dropped.
    fn close(&self) -> io::Result<()> {
        Ok(())
    }

    pass_on_locks!(self, self.0.file);
}
