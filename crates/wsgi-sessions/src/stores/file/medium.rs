//! The medium of a store's file: a backend of the engine, and the free room around it.

#[cfg(unix)]
use std::fs::{self, Metadata};
use std::{
    fs::File,
    io,
    ops::Bound,
    path::{Path, PathBuf},
};

use redb::{BackendError, DatabaseError, StorageBackend};

use super::{limited_file::LimitedFile, locks::pass_on_locks};

/// The medium of a store's file.
pub(super) trait Medium: StorageBackend {
    /// Reserves disk space for `bytes` at `offset`, which may be past the end of the file, without
    /// changing its length. Setting the length releases space past the end.
    ///
    /// Fails with [`io::ErrorKind::Unsupported`] if the file system cannot do so, and with
    /// [`io::ErrorKind::FileTooLarge`] if the file may never have that space.
    fn allocate(&self, offset: u64, bytes: u64) -> io::Result<()>;

    /// Returns the free bytes of the disk.
    fn free(&self) -> io::Result<u64>;
}

/// A file of the system.
#[derive(Debug)]
pub(super) struct SystemFile {
    backend: LimitedFile,
    file: File,
    path: PathBuf,
    is_read_only: bool,
}

impl SystemFile {
    pub(super) fn new(file: File, path: &Path) -> Result<Self, DatabaseError> {
        // The backend releases its locks explicitly, so this second handle does not keep them.
        let backend = LimitedFile::new(file.try_clone()?)?;
        let path = path.to_owned();
        Ok(Self {
            backend,
            file,
            path,
            is_read_only: false,
        })
    }

    /// A file that is open only for reading.
    pub(super) fn read_only(file: File, path: &Path) -> Result<Self, DatabaseError> {
        Ok(Self {
            is_read_only: true,
            ..Self::new(file, path)?
        })
    }

    /// Whether the path leads to this file, and not to one that has replaced it.
    fn is_in_place(&self) -> io::Result<bool> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            let identity = |file: &Metadata| (file.dev(), file.ino());
            let there = match fs::metadata(&self.path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
                there => there?,
            };
            Ok(identity(&there) == identity(&self.file.metadata()?))
        }
        #[cfg(not(unix))]
        Ok(self.path.exists()) // an open file is not replaced there
    }
}

impl Medium for SystemFile {
    #[cfg(target_os = "linux")]
    fn allocate(&self, offset: u64, bytes: u64) -> io::Result<()> {
        use rustix::fs::{FallocateFlags, fallocate};

        use super::limited_file::check_end;

        check_end(offset.saturating_add(bytes))?; // otherwise sessions would begin in vain
        loop {
            match fallocate(&self.file, FallocateFlags::KEEP_SIZE, offset, bytes) {
                Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS) => {
                    return Err(io::ErrorKind::Unsupported.into());
                }
                result => return Ok(result?),
            }
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn allocate(&self, _offset: u64, _bytes: u64) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    #[cfg(unix)]
    fn free(&self) -> io::Result<u64> {
        let disk = rustix::fs::fstatvfs(&self.file)?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    #[cfg(not(unix))]
    fn free(&self) -> io::Result<u64> {
        let _ = &self.file;
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl StorageBackend for SystemFile {
    fn len(&self) -> io::Result<u64> {
        self.backend.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.backend.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.backend.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.backend.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.backend.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.backend.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        let is_locked = match self.is_read_only {
            // That keeps out a store as well, whose own lock is exclusive.
            true => self.backend.try_lock_shared_range(start, end)?,
            false => self.backend.try_lock_range(start, end)?,
        };
        // Another process may have compacted the file since this one has opened it.
        Ok(is_locked && self.is_in_place()?)
    }

    pass_on_locks!(but_try_lock_range, self, self.backend);
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_replaced_after_it_was_opened_cannot_be_locked() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a"), folder.path().join("b"));
        let whole = (Bound::Unbounded, Bound::Unbounded);
        fs::write(&path, "").unwrap();
        let open = || {
            let file = File::options().read(true).write(true).open(&path);
            SystemFile::new(file.unwrap(), &path).unwrap()
        };
        let former = open();
        fs::write(&other, "").unwrap();
        fs::rename(&other, &path).unwrap();
        assert!(!former.try_lock_range(whole.0, whole.1).unwrap());
        assert!(open().try_lock_range(whole.0, whole.1).unwrap());
        fs::remove_file(&path).unwrap();
        assert!(!former.try_lock_range(whole.0, whole.1).unwrap());
    }
}
