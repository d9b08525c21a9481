//! A file for a server to send without reading.

use std::fs::File;

/// A file to send from its current position on, as returned by
/// [`FileWrapper::into_parts`](crate::FileWrapper::into_parts).
///
/// ```
/// use std::fs::File;
/// use std::io::Seek;
/// use wsgi_file_wrapper::FileWrapper;
///
/// let wrapper = FileWrapper::from_file(File::open("README.md")?).with_range(2, 10)?;
///
/// let mut parts = wrapper.into_parts().unwrap();
/// assert_eq!(parts.file.stream_position()?, 2);
/// assert_eq!(parts.limit, Some(10));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct FileParts {
    /// The file, positioned at the next byte to send.
    pub file: File,
    /// The maximum number of bytes to send. `None` means up to the end of the file.
    pub limit: Option<u64>,
}
