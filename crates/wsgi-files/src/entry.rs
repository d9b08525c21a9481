//! An entry of a listing.

use std::{ffi::OsString, time::SystemTime};

/// A file or a folder in the listing of a folder ([`Source::list`](crate::Source::list)).
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
