//! Room that the disk keeps for sessions that live.
//!
//! Blocks past the end of the file are the store's already, and nobody else's. Where the disk is
//! full they are given back, and taken again at once, less what was written meanwhile. New sessions
//! begin only while the reserve is whole, so saving in place, logging out and sweeping find room
//! after the disk has none.

use std::io;
use std::time::{Duration, Instant};

use super::medium::Medium;

/// The reserve of a file is a 32nd of it, within these bounds: the file may be half empty.
const LEAST: u64 = 256 << 10;
const MOST: u64 = 16 << 20;

/// A smaller reserve is not worth asking for.
const SMALLEST: u64 = 32 << 10;

/// The rest after a disk had no room for the reserve.
const REST: Duration = Duration::from_millis(50);

/// The room kept past the end of a file.
#[derive(Debug, Default)]
pub(super) struct Reserve {
    kept: u64,
    asked: Option<Instant>,
    /// The file system keeps nothing ahead, so what is free counts.
    is_unsupported: bool,
}

impl Reserve {
    /// How much a file of this length keeps.
    pub(super) fn wanted(len: u64) -> u64 {
        (len / 32).clamp(LEAST, MOST)
    }

    /// Takes room for a file that is opened.
    pub(super) fn take(&mut self, medium: &dyn Medium, len: u64) {
        self.kept = 0;
        self.keep(medium, len, Self::wanted(len));
    }

    /// Whether sessions of that size may begin, and the reserve is whole after.
    pub(super) fn admits(&mut self, medium: &dyn Medium, len: u64, bytes: u64) -> bool {
        self.reaches(medium, len, Self::wanted(len).saturating_add(bytes))
    }

    /// How much of `bytes` may be written for sessions that live.
    pub(super) fn bears(&mut self, medium: &dyn Medium, len: u64, bytes: u64) -> u64 {
        if self.reaches(medium, len, bytes) {
            return bytes;
        }
        if self.is_unsupported {
            return medium.free().unwrap_or(bytes);
        }
        self.kept
    }

    fn reaches(&mut self, medium: &dyn Medium, len: u64, target: u64) -> bool {
        if self.kept >= target {
            return true;
        }
        if self.asked.is_some_and(|asked| asked.elapsed() < REST) {
            return false;
        }
        if !self.is_unsupported {
            match medium.allocate(len, target) {
                Ok(()) => {
                    self.kept = target;
                    self.asked = None;
                    return true;
                }
                Err(error) => self.is_unsupported = error.kind() == io::ErrorKind::Unsupported,
            }
        }
        // What nobody can tell keeps nobody out.
        let is_free = self.is_unsupported && medium.free().map_or(true, |free| free >= target);
        self.asked = (!is_free).then(Instant::now);
        is_free
    }

    /// Writes, out of the reserve where the disk has no room.
    pub(super) fn write(
        &mut self,
        medium: &dyn Medium,
        offset: u64,
        data: &[u8],
    ) -> io::Result<()> {
        let written = medium.write(offset, data);
        let Err(error) = &written else {
            return written;
        };
        if !is_full(error) || self.kept == 0 {
            return written;
        }
        let len = medium.len()?;
        let left = self.kept.saturating_sub(data.len() as u64);
        medium.set_len(len)?;
        let mut written = medium.write(offset, data);
        if written.is_err() {
            // Some file systems give nothing back for a length that stays.
            medium.set_len(len.saturating_add(self.kept))?;
            medium.set_len(len)?;
            written = medium.write(offset, data);
        }
        self.kept = 0;
        self.keep(medium, len, left);
        written
    }

    /// Sets the length of the file, and moves the reserve past it.
    pub(super) fn set_len(&mut self, medium: &dyn Medium, len: u64) -> io::Result<()> {
        let wanted = Self::wanted(len);
        // The former reserve becomes part of the file, where the disk has room for another.
        let is_kept =
            !self.is_unsupported && len > medium.len()? && medium.allocate(len, wanted).is_ok();
        if !is_kept {
            medium.set_len(medium.len()?)?;
        }
        medium.set_len(len)?;
        self.asked = None;
        self.kept = if is_kept { wanted } else { 0 };
        if !is_kept {
            self.keep(medium, len, wanted);
        }
        Ok(())
    }

    /// Takes `most` past the end, or as much as there is.
    fn keep(&mut self, medium: &dyn Medium, len: u64, most: u64) {
        let mut bytes = most;
        while bytes >= SMALLEST && !self.is_unsupported {
            match medium.allocate(len, bytes) {
                Ok(()) => {
                    self.kept = bytes;
                    return;
                }
                Err(error) if is_full(&error) => bytes /= 2,
                Err(error) => {
                    self.is_unsupported = error.kind() == io::ErrorKind::Unsupported;
                    return;
                }
            }
        }
    }
}

/// Whether an error says that there is no room.
pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}
