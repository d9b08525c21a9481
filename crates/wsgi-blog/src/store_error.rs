//! Failures of the store.

use std::{error::Error, fmt, io, path::PathBuf};

use wsgi::HttpError;

use crate::damage::Damage;

/// The reason why entries cannot be read or written.
#[derive(Debug)]
pub(crate) enum StoreError {
    /// The file system failed. An entry is as it was, unless only the last step failed, the sync of
    /// the folder: then it is changed, and a crash may undo that.
    Io(io::Error),
    /// A file in the folder is not what the blog has written. It stays as it is, until somebody has
    /// looked at it.
    Damaged(PathBuf, Damage),
    /// Other writers have not finished in time.
    Busy,
    /// There are as many entries as the limit allows.
    Full(usize),
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// The answer to the client, who does not learn the names of files.
impl From<StoreError> for HttpError {
    fn from(error: StoreError) -> Self {
        let is_full = |error: &io::Error| {
            use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
            matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
        };
        let (status, text) = match &error {
            StoreError::Busy => (503, "others are writing; try again"),
            StoreError::Full(_) => (507, "the blog is full; delete an entry first"),
            StoreError::Io(cause) if is_full(cause) => (507, "the disk is full"),
            StoreError::Damaged(..) => (500, "the file of this entry is damaged"),
            StoreError::Io(_) => (500, ""),
        };
        Self::new(status, text).with_source(error)
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Damaged(path, damage) => write!(
                f,
                "cannot read {}, because {damage}; restore it, or move it away",
                path.display()
            ),
            Self::Busy => f.write_str("other writers have not finished in time"),
            Self::Full(limit) => write!(f, "the blog is full with {limit} entries"),
        }
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::Damaged(_, damage) => Some(damage),
            Self::Busy | Self::Full(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind::{self, FileTooLarge, PermissionDenied, QuotaExceeded, StorageFull};

    use super::*;

    #[test]
    fn an_entry_without_room_on_the_disk_is_answered_507() {
        #[track_caller]
        fn check(kind: ErrorKind, status: u16) {
            let error = HttpError::from(StoreError::Io(kind.into()));
            assert_eq!(error.status().code(), status, "{kind:?}");
        }
        check(StorageFull, 507);
        check(QuotaExceeded, 507);
        check(FileTooLarge, 507); // `ulimit -f`
        check(PermissionDenied, 500);
    }
}
