//! The place to which the path of a request leads.

use crate::{entry::Entry, file_path::FilePath, source_file::SourceFile};

/// The place to which the path of a request leads.
pub(crate) enum Outcome<'a> {
    /// A file, and its path, which decides its type.
    File {
        path: FilePath<'a>,
        file: SourceFile,
    },
    /// The entries of a folder.
    Listing {
        entries: Vec<Entry>,
        /// Whether there may be more.
        is_cut: bool,
        /// Whether the folder above it is also in the source.
        has_parent: bool,
    },
    /// Another URL.
    Redirect(String),
    /// A file that the program may not read.
    Forbidden,
    /// Nothing.
    NotFound,
}
