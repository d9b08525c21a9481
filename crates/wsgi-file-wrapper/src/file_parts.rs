//! What a server needs to send a file by itself.

use std::fs::File;

/// A file that is to be sent from its current position on, as
/// [`FileWrapper::into_parts`](crate::FileWrapper::into_parts) gives it.
#[derive(Debug)]
#[non_exhaustive]
pub struct FileParts {
    /// The file, positioned at the next byte to send.
    pub file: File,
    /// How many bytes to send at most; `None` means up to the end of the file.
    pub limit: Option<u64>,
}
