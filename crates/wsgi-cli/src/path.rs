//! Paths in the values of options.

use std::path::PathBuf;

/// A path. `None` if it is empty, or contains the character that replaces bytes which are not
/// UTF-8: such a path would lead to another file.
pub(crate) fn path(value: &str) -> Option<PathBuf> {
    let is_path = !value.is_empty() && !value.contains(char::REPLACEMENT_CHARACTER);
    is_path.then(|| PathBuf::from(value))
}
