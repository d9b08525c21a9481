//! The path of the file, and errors of opening it.

use std::{
    error::Error,
    fmt,
    fs::{File, OpenOptions},
    io,
    ops::Range,
    path::{Path, PathBuf},
};

/// Error of opening a store whose file is open in another process, or already in this one.
///
/// It is the source of [`StoreError::Unavailable`](crate::StoreError::Unavailable) from
/// [`FileStore::open`](crate::FileStore::open). Only one process can have the file open. Others
/// reach it through the session server.
///
/// ```
/// use std::error::Error;
/// use wsgi_sessions::{FileStore, InUse};
///
/// # let dir = tempfile::tempdir()?;
/// let path = dir.path().join("sessions.redb");
/// let _open = FileStore::open(&path)?;
/// let error = FileStore::open(&path).unwrap_err();
/// let in_use = error.source().unwrap().downcast_ref::<InUse>().unwrap();
/// assert_eq!(in_use.path(), path);
/// # Ok::<(), Box<dyn Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InUse(PathBuf);

impl InUse {
    pub(super) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Returns the path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl fmt::Display for InUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.0.display();
        write!(
            f,
            "{path} is already open; only one process at a time can open a store's file"
        )
    }
}

impl Error for InUse {}

/// Error of opening a file that is damaged or is not a store.
///
/// It is the source of [`StoreError::Unavailable`](crate::StoreError::Unavailable) from
/// [`FileStore::open`](crate::FileStore::open), which leaves the file as it is. Move the file away,
/// or replace it by an older copy. Without a file the store begins empty, and all visitors get new
/// sessions.
///
/// ```
/// use std::error::Error;
/// use wsgi_sessions::{Damaged, FileStore};
///
/// # let dir = tempfile::tempdir()?;
/// let path = dir.path().join("sessions.redb");
/// std::fs::write(&path, "no store")?;
/// let error = FileStore::open(&path).unwrap_err();
/// let damaged = error.source().unwrap().downcast_ref::<Damaged>().unwrap();
/// assert_eq!(damaged.path(), path);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damaged {
    path: PathBuf,
    bytes: Option<Range<u64>>,
}

impl Damaged {
    pub(super) fn new(path: &Path) -> Self {
        Self::at(path, None)
    }

    pub(super) fn at(path: &Path, bytes: Option<Range<u64>>) -> Self {
        let path = path.to_owned();
        Self { path, bytes }
    }

    /// Returns the path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the offsets of the first bytes that are wrong, if
    /// [`FileStore::check`](crate::FileStore::check) has found them. They are a page of the file,
    /// of which a single bit may be wrong.
    #[must_use]
    pub fn bytes(&self) -> Option<Range<u64>> {
        self.bytes.clone()
    }
}

impl fmt::Display for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        write!(
            f,
            "{path} is damaged, or is not a session store; move it away and start again: \
             all visitors then get new sessions"
        )
    }
}

impl Error for Damaged {}

/// Creates the file if it does not exist, accessible only to its owner, and makes its directory
/// entry durable.
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

pub(super) fn sync_parent(path: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}
