//! The file of a log, which may be moved while it is written.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf, absolute},
};

/// A file that lines are appended to.
#[derive(Debug)]
pub(super) struct LogFile {
    /// Absolute, because the working directory can change.
    path: PathBuf,
    file: File,
}

impl LogFile {
    /// Opens a file, or creates it.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let path = absolute(path)?;
        let file = open(&path)?;
        Ok(Self { path, file })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    /// Whether the path leads to another file, or to none.
    pub(super) fn has_moved(&self) -> bool {
        match (fs::metadata(&self.path), self.file.metadata()) {
            (Ok(there), Ok(here)) => identity(&there) != identity(&here),
            (Err(error), _) => error.kind() == io::ErrorKind::NotFound,
            _ => false,
        }
    }

    /// Opens the path again. After an error, the old file stays.
    pub(super) fn reopen(&mut self) -> io::Result<()> {
        self.file = open(&self.path)?;
        Ok(())
    }
}

/// A log is not for everyone: it tells who visited what.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o640);
    options.open(path)
}

#[cfg(unix)]
fn identity(metadata: &fs::Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;

    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
fn identity(_metadata: &fs::Metadata) {}
