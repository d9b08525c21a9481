//! An entry of a listing.

use std::{ffi::OsString, time::SystemTime};

/// A file or a folder in the listing of a folder ([`Source::list`](crate::Source::list)).
///
/// ```
/// use wsgi_files::{FilePath, Folder, Source};
///
/// let listed = Folder::open(".")?.list(&FilePath::root(), 100)?;
/// let source = listed.entries.iter().find(|entry| entry.name == "src").unwrap();
/// assert!(source.is_folder() && source.length.is_none());
/// let readme = listed.entries.iter().find(|entry| entry.name == "README.md").unwrap();
/// assert!(readme.length > Some(0) && readme.modified.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name, which need not be UTF-8.
    pub name: OsString,
    /// The length of a file in bytes; `None` for a folder.
    pub length: Option<u64>,
    /// The time of the last change.
    pub modified: Option<SystemTime>,
}

impl Entry {
    /// Whether it is a folder.
    #[must_use]
    pub fn is_folder(&self) -> bool {
        self.length.is_none()
    }
}
