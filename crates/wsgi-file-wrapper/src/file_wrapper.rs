//! The iterator over blocks.

#[cfg(unix)]
use std::os::unix::fs::{FileExt, MetadataExt};
use std::{
    fmt,
    fs::{File, Metadata},
    io::{self, ErrorKind, Read, Seek, SeekFrom},
    iter::FusedIterator,
};

use crate::file_parts::FileParts;

/// The default size of blocks.
const BLOCK_SIZE: usize = 8192;

/// An iterator over the blocks of a reader or a file (PEP 3333, "Optional Platform-Specific File
/// Handling").
///
/// Each block holds the result of one read, so it may be shorter than the
/// [block size](Self::block_size). The first empty read or error ends the blocks for good. Dropping
/// the wrapper drops the reader or closes the file.
///
/// ```
/// use wsgi_file_wrapper::FileWrapper;
///
/// let mut blocks = FileWrapper::new(&b"hello"[..]).with_block_size(2);
/// assert_eq!(blocks.next().unwrap()?, b"he");
/// assert_eq!(blocks.next().unwrap()?, b"ll");
/// assert_eq!(blocks.next().unwrap()?, b"o");
/// assert!(blocks.next().is_none());
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct FileWrapper {
    source: Source,
    block_size: usize,
    /// The number of bytes that may still be read. It is 0 after the end or an error.
    limit: Option<u64>,
    /// Whether the file has that many bytes, as far as is known.
    is_known: bool,
}

enum Source {
    Reader(Box<dyn Read + Send>),
    File(File),
}

impl FileWrapper {
    /// Creates blocks of 8192 bytes from a reader. Use [`from_file`](Self::from_file) for a `File`,
    /// so that a server can see it.
    #[must_use]
    pub fn new(reader: impl Read + Send + 'static) -> Self {
        Self::from_source(Source::Reader(Box::new(reader)))
    }

    /// Creates blocks of 8192 bytes from a file, from its current position to its end.
    ///
    /// ```
    /// use std::fs::File;
    /// use wsgi_file_wrapper::FileWrapper;
    ///
    /// let wrapper = FileWrapper::from_file(File::open("README.md")?);
    /// assert!(wrapper.as_file().is_some());
    /// assert_eq!(wrapper.position()?, Some(0));
    /// assert_eq!(wrapper.remaining(), Some(std::fs::metadata("README.md")?.len()));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn from_file(file: File) -> Self {
        Self::from_source(Source::File(file))
    }

    /// Sets the maximum size of a block in bytes. 0 counts as 1.
    #[must_use]
    pub fn with_block_size(mut self, block_size: usize) -> Self {
        self.block_size = block_size.max(1);
        self
    }

    /// Limits the blocks to `length` bytes of the file from `offset` on, for a byte range (RFC 9110
    /// section 14). If the file is shorter, the blocks end with it.
    ///
    /// # Errors
    ///
    /// The errors of seeking in the file, and [`ErrorKind::Unsupported`] if this does not wrap a
    /// file.
    ///
    /// ```
    /// use std::fs::File;
    /// use wsgi_file_wrapper::FileWrapper;
    ///
    /// let mut blocks = FileWrapper::from_file(File::open("README.md")?).with_range(2, 4)?;
    /// assert_eq!(blocks.remaining(), Some(4));
    /// assert_eq!(blocks.next().unwrap()?, b"wsgi");
    /// assert!(blocks.next().is_none());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn with_range(mut self, offset: u64, length: u64) -> io::Result<Self> {
        match &mut self.source {
            Source::File(file) => file.seek(SeekFrom::Start(offset))?,
            Source::Reader(_) => return Err(ErrorKind::Unsupported.into()),
        };
        self.limit = Some(length);
        self.is_known = false;
        Ok(self)
    }

    /// Limits the blocks to `length` bytes, which the file has from its current position on. The
    /// system is not asked about them again: [`remaining`](Self::remaining) says this length, also
    /// if the file becomes shorter meanwhile. A server then cuts the response, and a read after the
    /// last byte fails with [`ErrorKind::UnexpectedEof`]. Of a reader, nothing is known.
    ///
    /// ```
    /// use std::fs::File;
    /// use wsgi_file_wrapper::FileWrapper;
    ///
    /// let file = File::open("README.md")?;
    /// let length = file.metadata()?.len();
    /// let wrapper = FileWrapper::from_file(file).with_known_length(length);
    /// assert_eq!(wrapper.remaining(), Some(length));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn with_known_length(mut self, length: u64) -> Self {
        self.limit = Some(length);
        self.is_known = self.as_file().is_some();
        self
    }

    /// Fixes the length at the [remaining](Self::remaining) number of bytes, and returns it, for
    /// code that reads a file whose length nothing else says. What the file grows by is not read.
    /// If it becomes shorter, a read after its last byte fails with [`ErrorKind::UnexpectedEof`],
    /// so that half a file is not taken for a whole one.
    ///
    /// ```
    /// use std::fs::File;
    /// use wsgi_file_wrapper::FileWrapper;
    ///
    /// let mut wrapper = FileWrapper::from_file(File::open("README.md")?).with_range(2, 4)?;
    /// assert_eq!(wrapper.fix_length(), Some(4));
    /// assert_eq!(FileWrapper::new(&b"no file"[..]).fix_length(), None);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn fix_length(&mut self) -> Option<u64> {
        let length = self.remaining()?;
        self.limit = Some(length);
        self.is_known = true;
        Some(length)
    }

    /// The maximum size of a block in bytes.
    #[must_use]
    pub fn block_size(&self) -> usize {
        self.block_size
    }

    /// The file, if this wraps one, with its descriptor, position and metadata. Reading or seeking
    /// through it moves the position of the blocks.
    #[must_use]
    pub fn as_file(&self) -> Option<&File> {
        match &self.source {
            Source::File(file) => Some(file),
            Source::Reader(_) => None,
        }
    }

    /// The offset of the next byte in the file. Returns `None` for a reader, and for a file that
    /// cannot seek, such as a pipe.
    ///
    /// # Errors
    ///
    /// The errors of the operating system.
    pub fn position(&self) -> io::Result<Option<u64>> {
        let Some(mut file) = self.as_file() else {
            return Ok(None);
        };
        match file.stream_position() {
            Ok(position) => Ok(Some(position)),
            // Mutant: no test has a file for which the system gives another error.
            Err(error) if error.kind() == ErrorKind::NotSeekable => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The number of bytes left to read, if this wraps a regular file. It may change if the file is
    /// written meanwhile. Returns `None` for a file like those in `/proc` and `/sys`. The
    /// system makes their bytes when they are read, and gives them a length of zero or of a page of
    /// memory.
    #[must_use]
    pub fn remaining(&self) -> Option<u64> {
        if self.is_known {
            return self.limit;
        }
        let file = self.as_file()?;
        let metadata = file.metadata().ok()?;
        let position = self.position().ok()??;
        if !metadata.is_file() || is_made(file, &metadata, position) {
            return None;
        }
        let left = metadata.len().saturating_sub(position);
        Some(self.limit.map_or(left, |limit| limit.min(left)))
    }

    /// Converts the wrapper into its file and the number of bytes to send, for `sendfile`.
    ///
    /// # Errors
    ///
    /// Returns the wrapper if it does not wrap a file.
    ///
    /// ```
    /// use std::fs::File;
    /// use wsgi_file_wrapper::FileWrapper;
    ///
    /// let wrapper = FileWrapper::from_file(File::open("README.md")?).with_range(2, 4)?;
    /// let parts = wrapper.into_parts().unwrap();
    /// assert_eq!(parts.limit, Some(4));
    ///
    /// let wrapper = FileWrapper::new(&b"no file"[..]).into_parts().unwrap_err();
    /// assert!(wrapper.as_file().is_none());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn into_parts(self) -> Result<FileParts, Self> {
        match self.source {
            Source::File(file) => Ok(FileParts {
                file,
                limit: self.limit,
            }),
            Source::Reader(_) => Err(self),
        }
    }

    /// Replaces the contents of `block` with the next block and returns its length, which is 0 at
    /// the end. The memory of `block` is reused.
    ///
    /// # Errors
    ///
    /// The errors of the reader. `block` is empty then.
    ///
    /// ```
    /// use wsgi_file_wrapper::FileWrapper;
    ///
    /// let mut wrapper = FileWrapper::new(&b"hello"[..]);
    /// let mut block = Vec::with_capacity(wrapper.block_size());
    /// assert_eq!(wrapper.read_block(&mut block)?, 5);
    /// assert_eq!(block, b"hello");
    /// assert_eq!(wrapper.read_block(&mut block)?, 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn read_block(&mut self, block: &mut Vec<u8>) -> io::Result<usize> {
        block.resize(self.allowed(self.block_size), 0);
        let result = self.read(block);
        block.truncate(*result.as_ref().unwrap_or(&0));
        result
    }

    fn from_source(source: Source) -> Self {
        Self {
            source,
            block_size: BLOCK_SIZE,
            limit: None,
            is_known: false,
        }
    }

    /// The part of `length` that the limit allows.
    fn allowed(&self, length: usize) -> usize {
        let limit = self
            .limit
            .map_or(length, |limit| usize::try_from(limit).unwrap_or(length));
        length.min(limit)
    }
}

/// Whether the system makes the bytes of a regular file as they are read, so that the length in its
/// metadata means nothing. Such a file has no blocks on a disk. Others without blocks, such as
/// sparse ones, end where the metadata say.
#[cfg(unix)]
fn is_made(file: &File, metadata: &Metadata, position: u64) -> bool {
    if metadata.blocks() > 0 {
        return false;
    }
    match metadata.len().checked_sub(1) {
        None => !matches!(file.read_at(&mut [0], position), Ok(0)),
        Some(last) => !matches!(file.read_at(&mut [0], last), Ok(1)),
    }
}

#[cfg(not(unix))]
fn is_made(_file: &File, _metadata: &Metadata, _position: u64) -> bool {
    false
}

impl Read for FileWrapper {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let allowed = self.allowed(buf.len());
        let buf = &mut buf[..allowed];
        if buf.is_empty() {
            return Ok(0);
        }
        let result = loop {
            match self.source.read(buf) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => break result,
            }
        };
        match &result {
            Ok(0) | Err(_) => self.limit = Some(0),
            Ok(read) => self.limit = self.limit.map(|limit| limit.saturating_sub(*read as u64)),
        }
        match result {
            Ok(0) if self.is_known => Err(shortened()), // since the limit was not reached
            result => result,
        }
    }
}

/// The error of a file that ends before its known length.
#[cold]
fn shortened() -> io::Error {
    io::Error::new(ErrorKind::UnexpectedEof, "the file has become shorter")
}

impl Read for Source {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Reader(reader) => reader.read(buf),
            Self::File(file) => file.read(buf),
        }
    }
}

impl Iterator for FileWrapper {
    type Item = io::Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut block = Vec::new();
        match self.read_block(&mut block) {
            Ok(0) => None,
            Ok(_) => Some(Ok(block)),
            Err(error) => Some(Err(error)),
        }
    }
}

impl FusedIterator for FileWrapper {}

impl From<File> for FileWrapper {
    fn from(file: File) -> Self {
        Self::from_file(file)
    }
}

impl fmt::Debug for FileWrapper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileWrapper")
            .field("file", &self.as_file())
            .field("block_size", &self.block_size)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
