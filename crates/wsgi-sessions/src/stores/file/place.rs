//! Where the file is, and what keeps it from being opened.

use std::error::Error;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// The file of a store is open in another process, or a second time in this one.
///
/// It is the source of [`StoreError::Unavailable`](crate::StoreError::Unavailable) from
/// [`FileStore::open`](crate::FileStore::open).
/// Let one process keep the file, and others come to it through the session server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InUse(PathBuf);

impl InUse {
    pub(super) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl fmt::Display for InUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.0.display();
        write!(
            f,
            "{path} is already open; a store's file is for one process at a time"
        )
    }
}

impl Error for InUse {}

/// The file of a store is damaged, or is no store.
///
/// It is the source of [`StoreError::Unavailable`](crate::StoreError::Unavailable) from
/// [`FileStore::open`](crate::FileStore::open), which leaves the file as it is. Move the file away,
/// or put a copy from a better time in its place: without a file the store begins anew, and so do
/// its visitors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damaged(PathBuf);

impl Damaged {
    pub(super) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl fmt::Display for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.0.display();
        write!(
            f,
            "{path} is damaged, or is not a store of sessions; move it away and start again: \
             visitors then begin anew"
        )
    }
}

impl Error for Damaged {}

/// Makes the file where there is none, for its owner alone, and the entry of it durable.
pub(super) fn make(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(file) => {
            file.sync_all()?;
            sync_parent(path)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

fn sync_parent(path: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}
