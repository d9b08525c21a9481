//! The lock of a blog's folder, which makes writers take turns.

use std::{
    fs::{File, TryLockError},
    path::Path,
    thread,
    time::{Duration, Instant},
};

use crate::store_error::StoreError;

/// The file that writers lock. It has the blog's identity.
pub(crate) const FILE: &str = "blog";

/// The pause between two attempts to become the writer.
const PAUSE: Duration = Duration::from_millis(2);

/// Waits for the lock of a folder, and creates its file if it is missing. The system lifts the lock
/// when the file is closed, also if this process is killed.
pub(crate) fn wait(folder: &Path, patience: Duration) -> Result<File, StoreError> {
    let mut options = File::options();
    let options = options.read(true).write(true).create(true).truncate(false);
    let file = options.open(folder.join(FILE))?;
    let deadline = Instant::now() + patience;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(error.into()),
            Err(TryLockError::WouldBlock) if Instant::now() >= deadline => {
                return Err(StoreError::Busy);
            }
            Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
        }
    }
}
