//! A path on a command line.

use std::path::PathBuf;

/// A path; none where it is empty, or has the character that stands for what is not UTF-8, so that no
/// other file is taken for it.
pub(crate) fn path(value: &str) -> Option<PathBuf> {
    let is_path = !value.is_empty() && !value.contains(char::REPLACEMENT_CHARACTER);
    is_path.then(|| PathBuf::from(value))
}
