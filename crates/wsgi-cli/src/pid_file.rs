//! The file with the process id.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    process,
};

use crate::failure::cannot;

/// The permissions of the file. Only its owner may write it, because its readers send signals.
const MODE: u32 = 0o644;

/// A file with this process's id, removed on drop.
///
/// The file is locked as long as the process lives, however the process ends. By the lock a file of
/// a running process differs from one that was left over.
pub(crate) struct PidFile {
    path: PathBuf,
    _locked: File,
}

impl PidFile {
    /// Writes the file, and replaces one that was left over.
    pub(crate) fn write(path: &Path) -> io::Result<Self> {
        write(path).map_err(|error| cannot(&format!("write the file {}", path.display()), &error))
    }
}

fn write(path: &Path) -> io::Result<PidFile> {
    let mut file = locked(path)?;
    file.set_len(0)?;
    file.write_all(text().as_bytes())?;
    Ok(PidFile {
        path: path.to_owned(),
        _locked: file,
    })
}

/// Opens the file and locks it.
fn locked(path: &Path) -> io::Result<File> {
    loop {
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(MODE)
            .open(path)?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => io::Error::other("a running process has it"),
            TryLockError::Error(error) => error,
        })?;
        // The process that had the lock may have removed the file meanwhile.
        let inode = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
        let ours = inode(file.metadata()?);
        if fs::metadata(path).is_ok_and(|there| inode(there) == ours) {
            return Ok(file);
        }
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        // Another process may have replaced the file.
        if fs::read_to_string(&self.path).is_ok_and(|found| found == text()) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn text() -> String {
    format!("{}\n", process::id())
}
