//! The entries of a folder.

use crate::entry::Entry;

/// The files and folders in a folder ([`Source::list`](crate::Source::list)).
///
/// ```
/// use wsgi_files::{Entries, Entry};
///
/// let entry = Entry { name: "a.txt".into(), length: Some(1), modified: None };
/// let all = Entries::from(vec![entry]);
/// assert!(!all.is_cut);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entries {
    /// The entries, in any order.
    pub entries: Vec<Entry>,
    /// Whether the folder may have more of them.
    pub is_cut: bool,
}

impl From<Vec<Entry>> for Entries {
    /// All entries of a folder.
    fn from(entries: Vec<Entry>) -> Self {
        Self {
            entries,
            is_cut: false,
        }
    }
}
