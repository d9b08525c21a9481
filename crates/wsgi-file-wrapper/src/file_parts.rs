//! A file for a server to send without reading.

use std::fs::File;

/// A file to send from its current position on, as returned by
/// [`FileWrapper::into_parts`](crate::FileWrapper::into_parts).
#[derive(Debug)]
#[non_exhaustive]
pub struct FileParts {
    /// The file, positioned at the next byte to send.
    pub file: File,
    /// The maximum number of bytes to send. `None` means up to the end of the file.
    pub limit: Option<u64>,
}
