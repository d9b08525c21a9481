//! A file that says which process runs.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    process,
};

use crate::failure::cannot;

/// Everybody may read the file. Only its owner may write it: whoever reads it sends signals.
const MODE: u32 = 0o644;

/// A file with this process's id, which goes when this is dropped.
///
/// It is locked as long as the process lives, however that ends, so that one that is left over is
/// told from that of another process. All can read it, and its owner alone can write it: who
/// reads it will send signals.
pub(crate) struct PidFile {
    path: PathBuf,
    _locked: File,
}

impl PidFile {
    /// Writes the file, in place of one that is left over.
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

/// The file, which no other process has.
fn locked(path: &Path) -> io::Result<File> {
    loop {
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(MODE)
            .open(path)?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => io::Error::other("another process that runs has it"),
            TryLockError::Error(error) => error,
        })?;
        // The process that had it may have removed it in between.
        let inode = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
        let ours = inode(file.metadata()?);
        if fs::metadata(path).is_ok_and(|there| inode(there) == ours) {
            return Ok(file);
        }
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        // One that somebody else has written since is not ours to remove.
        if fs::read_to_string(&self.path).is_ok_and(|found| found == text()) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn text() -> String {
    format!("{}\n", process::id())
}
