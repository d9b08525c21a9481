//! A file that never exceeds the system's limit for files.

use std::{fs::File, io};

use redb::{DatabaseError, StorageBackend, backends::FileBackend};

use super::locks::pass_on_locks;

/// The engine's backend for a file. It refuses what would exceed the limit for files of this
/// process (setrlimit(2)): the system would end the process for it, by the signal SIGXFSZ.
#[derive(Debug)]
pub(super) struct LimitedFile(FileBackend);

impl LimitedFile {
    pub(super) fn new(file: File) -> Result<Self, DatabaseError> {
        FileBackend::new(file).map(Self)
    }
}

impl StorageBackend for LimitedFile {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        // A file that is too large already may become smaller.
        if len > self.0.len()? {
            check_end(len)?;
        }
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        check_end(offset.saturating_add(data.len() as u64))?;
        self.0.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.0.close()
    }

    pass_on_locks!(self, self.0);
}

/// Refuses data that would end beyond the limit.
#[cfg(unix)]
pub(super) fn check_end(end: u64) -> io::Result<()> {
    use rustix::{
        io::Errno,
        process::{Resource, getrlimit},
    };

    match getrlimit(Resource::Fsize).current {
        Some(limit) if end > limit => Err(Errno::FBIG.into()),
        _ => Ok(()),
    }
}

/// Only Unix has such a limit.
#[cfg(not(unix))]
pub(super) fn check_end(_end: u64) -> io::Result<()> {
    Ok(())
}
