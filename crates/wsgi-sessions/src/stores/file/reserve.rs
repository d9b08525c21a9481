//! Disk space reserved for live sessions.
//!
//! Blocks past the end of the file already belong to the store. When the disk is full they are
//! released and reserved again at once, minus what was written in between. New sessions begin only
//! while the reserve is complete, so that saving in place, logging out and sweeping still find room
//! after the disk is full.

use std::{
    io,
    time::{Duration, Instant},
};

use super::medium::Medium;

/// The reserve is a 32nd of the file, within these limits. The file may be half empty.
const MIN: u64 = 256 << 10;
const MAX: u64 = 16 << 20;

/// The smallest reserve worth having.
const SMALLEST: u64 = 32 << 10;

/// The pause after the disk had no room for the reserve.
const REST: Duration = Duration::from_millis(50);

/// The space reserved past the end of a file.
#[derive(Debug, Default)]
pub(super) struct Reserve {
    kept: u64,
    asked: Option<Instant>,
    /// Whether the file system cannot reserve space. Free space then counts instead.
    is_unsupported: bool,
}

impl Reserve {
    /// Returns the size of the reserve for a file of this length.
    pub(super) fn wanted(len: u64) -> u64 {
        (len / 32).clamp(MIN, MAX)
    }

    /// Reserves space for a file that was just opened.
    pub(super) fn take(&mut self, medium: &dyn Medium, len: u64) {
        self.kept = 0;
        self.keep(medium, len, Self::wanted(len));
    }

    /// Whether sessions of that size may begin and leave the reserve complete.
    pub(super) fn admits(&mut self, medium: &dyn Medium, len: u64, bytes: u64) -> bool {
        self.reaches(medium, len, Self::wanted(len).saturating_add(bytes))
    }

    /// Returns how many of `bytes` may be written for live sessions.
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
        // If free space is unknown, no session is refused.
        let is_free = self.is_unsupported && medium.free().map_or(true, |free| free >= target);
        self.asked = (!is_free).then(Instant::now);
        is_free
    }

    /// Writes data, using the reserve if the disk is full.
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
            // Some file systems release nothing when the length stays the same.
            medium.set_len(len.saturating_add(self.kept))?;
            medium.set_len(len)?;
            written = medium.write(offset, data);
        }
        self.kept = 0;
        self.keep(medium, len, left);
        written
    }

    /// Sets the length of the file, and moves the reserve past the new end.
    pub(super) fn set_len(&mut self, medium: &dyn Medium, len: u64) -> io::Result<()> {
        let wanted = Self::wanted(len);
        // The old reserve becomes part of the file, if the disk has room for a new one.
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

    /// Reserves `wanted` bytes past the end, or as many as there are.
    fn keep(&mut self, medium: &dyn Medium, len: u64, wanted: u64) {
        let mut bytes = wanted;
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

/// Whether an error means that the disk is full.
pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}
