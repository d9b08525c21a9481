//! `wsgi.input`: the request body.

use std::{
    fmt,
    io::{self, BufRead, BufReader, Read},
    sync::Arc,
};

mod error;
mod source;

pub use error::InputError;

use self::source::Source;
use crate::{deadline::Limit, discard::discard};

/// The request body, which ends where the body ends (PEP 3333, "Input and Error Streams").
///
/// It is a [`Read`] and a [`BufRead`]: [`BufRead::lines`] and [`BufRead::read_line`] read lines.
/// Reading blocks. If it fails, the [`io::Error`] contains an [`InputError`], which
/// [`InputError::of`] finds.
///
/// ```
/// use std::io::{BufRead, Read};
/// use wsgi_environ::Input;
///
/// let mut input = Input::from_bytes("name=value\nand more");
/// let mut line = String::new();
/// input.read_line(&mut line)?;
/// assert_eq!(line, "name=value\n");
/// assert_eq!(input.remaining(), Some(8));
///
/// let mut rest = String::new();
/// input.read_to_string(&mut rest)?;
/// assert_eq!(rest, "and more");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Default)]
pub struct Input {
    /// A body in memory, and the number of bytes already read.
    bytes: Vec<u8>,
    position: usize,
    /// The source of the body, if it is not in memory.
    source: Option<Source>,
    /// The deadline after which nothing can be read.
    deadline: Option<Arc<dyn Limit>>,
}

impl Input {
    /// An empty body.
    #[must_use]
    pub fn empty() -> Self {
        Self::default() // Mutant: this is the default.
    }

    /// A body in memory.
    #[must_use]
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            bytes: bytes.into(),
            ..Self::default()
        }
    }

    /// A body of `length` bytes from a reader, or everything that the reader returns.
    ///
    /// It never takes more than `length` bytes from the reader. If the reader ends before, reading
    /// fails with [`InputError::Truncated`]. The reader is buffered.
    ///
    /// ```
    /// use std::io::Read;
    /// use wsgi_environ::{Input, InputError};
    ///
    /// let mut body = Vec::new();
    /// Input::from_reader(&b"four and more"[..], Some(4)).read_to_end(&mut body)?;
    /// assert_eq!(body, b"four");
    ///
    /// let error = Input::from_reader(&b"four"[..], Some(5)).read_to_end(&mut body).unwrap_err();
    /// assert_eq!(InputError::of(&error), Some(&InputError::Truncated));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn from_reader(reader: impl Read + Send + 'static, length: Option<u64>) -> Self {
        Self::of(match length {
            Some(remaining) => {
                let exact = BufReader::new(Exactly { reader, remaining });
                Source::new(exact, length)
            }
            None => Source::new(BufReader::new(reader), None),
        })
    }

    /// For servers, which know the framing: a body that ends where `source` ends.
    ///
    /// ```
    /// use std::io::{BufReader, Read};
    /// use wsgi_environ::Input;
    ///
    /// let decoded = BufReader::new(&b"four"[..]);
    /// let mut input = Input::from_source(decoded).with_remaining(4);
    /// assert_eq!(input.remaining(), Some(4));
    /// let mut text = String::new();
    /// input.read_to_string(&mut text)?;
    /// assert_eq!(text, "four");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn from_source(source: impl BufRead + Send + 'static) -> Self {
        Self::of(Source::new(source, None))
    }

    /// Sets the number of bytes that [`remaining`](Self::remaining) returns. It does not limit the
    /// source.
    #[must_use]
    pub fn with_remaining(mut self, remaining: u64) -> Self {
        if let Some(source) = &mut self.source {
            source.remaining = Some(remaining);
        }
        self
    }

    /// Replaces the body with a copy of `bytes`, in the memory that it already has.
    ///
    /// ```
    /// use wsgi_environ::Input;
    ///
    /// let mut input = Input::empty();
    /// input.fill(b"gathered");
    /// assert_eq!(input.remaining(), Some(8));
    /// ```
    pub fn fill(&mut self, bytes: &[u8]) {
        self.clear();
        self.bytes.extend_from_slice(bytes);
    }

    /// Empties the body, and keeps its memory.
    ///
    /// ```
    /// use wsgi_environ::Input;
    ///
    /// let mut input = Input::from_bytes("left unread");
    /// input.clear();
    /// assert_eq!(input.remaining(), Some(0));
    /// ```
    #[inline]
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.position = 0;
        if self.source.is_some() || self.deadline.is_some() {
            self.detach();
        }
    }

    /// Lets go of the source and of the deadline.
    #[inline(never)] // as most requests have neither
    fn detach(&mut self) {
        self.deadline = None;
        if let Some(source) = self.source.take() {
            discard(source);
        }
    }

    /// Has reads fail once a deadline has passed.
    pub(crate) fn obey(&mut self, deadline: Arc<dyn Limit>) {
        self.deadline = Some(deadline);
    }

    /// The number of bytes still to be read, if it is known.
    #[must_use]
    pub fn remaining(&self) -> Option<u64> {
        match &self.source {
            Some(source) => source.remaining,
            None => Some((self.bytes.len() - self.position) as u64),
        }
    }

    /// The rest of the body, if all of it is in memory and the request has no
    /// [deadline](crate::Environ::set_deadline), so that reading it neither blocks nor fails.
    ///
    /// ```
    /// use std::io::BufRead;
    /// use wsgi_environ::Input;
    ///
    /// let mut input = Input::from_bytes("a form");
    /// assert_eq!(input.buffered(), Some(&b"a form"[..]));
    /// input.consume(2);
    /// assert_eq!(input.buffered(), Some(&b"form"[..]));
    /// assert_eq!(Input::from_reader(&b"a form"[..], Some(6)).buffered(), None);
    /// ```
    #[must_use]
    pub fn buffered(&self) -> Option<&[u8]> {
        let is_sure = self.source.is_none() && self.deadline.is_none();
        is_sure.then(|| &self.bytes[self.position..])
    }

    fn of(source: Source) -> Self {
        Self {
            source: Some(source),
            ..Self::default()
        }
    }
}

/// Checks that the deadline has not passed.
#[inline]
fn check(deadline: Option<&Arc<dyn Limit>>) -> io::Result<()> {
    match deadline {
        None => Ok(()),
        Some(deadline) => deadline
            .check()
            .map_err(|_| InputError::DeadlinePassed.into()),
    }
}

impl Read for Input {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let deadline = self.deadline.as_ref();
        check(deadline)?;
        match &mut self.source {
            Some(source) => {
                // At the deadline, the server may end what is read from.
                let read = source.read(buf);
                read.or_else(|error| check(deadline).and(Err(error)))
            }
            None => {
                let read = (&self.bytes[self.position..]).read(buf)?;
                self.position += read;
                Ok(read)
            }
        }
    }
}

impl BufRead for Input {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let deadline = self.deadline.as_ref();
        check(deadline)?;
        match &mut self.source {
            Some(source) => {
                let filled = source.fill_buf();
                filled.or_else(|error| check(deadline).and(Err(error)))
            }
            None => Ok(&self.bytes[self.position..]),
        }
    }

    fn consume(&mut self, amount: usize) {
        match &mut self.source {
            Some(source) => source.consume(amount),
            None => self.position = self.bytes.len().min(self.position.saturating_add(amount)),
        }
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input")
            .field("remaining", &self.remaining())
            .finish_non_exhaustive()
    }
}

/// A reader of an exact number of bytes, which fails if there are fewer. It is below the buffer, so
/// that no byte beyond them is taken.
struct Exactly<R> {
    reader: R,
    remaining: u64,
}

impl<R: Read> Read for Exactly<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.remaining).map_or(buf.len(), |most| most.min(buf.len()));
        if most == 0 {
            return Ok(0);
        }
        match self.reader.read(&mut buf[..most])? {
            0 => Err(InputError::Truncated.into()),
            read => {
                self.remaining -= read as u64;
                Ok(read)
            }
        }
    }
}
