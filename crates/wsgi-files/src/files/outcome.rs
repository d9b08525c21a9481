//! The place to which the path of a request leads.

use crate::{file_path::FilePath, source_file::SourceFile};

/// The place to which the path of a request leads.
pub(crate) enum Outcome {
    /// A file, and its path, which decides its type.
    File {
        path: FilePath<'static>,
        file: SourceFile,
    },
    /// Another URL.
    Redirect(String),
    /// A file that the program may not read.
    Forbidden,
    /// Nothing.
    NotFound,
}
