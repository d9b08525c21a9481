//! `wsgi.errors`: where an application reports what went wrong.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// The errors stream: a handle on a stream shared by all requests (PEP 3333, "Input and Error Streams").
///
/// It writes through `&self`, so that it can be used while a variable of the environ
/// is borrowed, and clones cheaply. What is written by one call, `write!` and
/// [`print`](Self::print) included, is never interleaved with what others write.
///
/// ```
/// use std::io::Write;
/// use wsgi_environ::Errors;
///
/// let (errors, buffer) = Errors::buffer();
/// write!(&errors, "{} of {} rows\n", 2, 3)?;
/// errors.print("row 3: no name");
/// assert_eq!(buffer.contents(), b"2 of 3 rows\nrow 3: no name\n");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Errors(Stream);

#[derive(Clone, Default)]
enum Stream {
    #[default]
    Stderr,
    Discard,
    Shared(Arc<Mutex<dyn Write + Send>>),
}

impl Errors {
    /// The process's standard error, which is the default.
    #[must_use]
    pub const fn stderr() -> Self {
        Self(Stream::Stderr)
    }

    /// Forgets all that is written.
    #[must_use]
    pub const fn discard() -> Self {
        Self(Stream::Discard)
    }

    /// Any writer, behind a lock. Each call reaches it as one `write_all` and a flush is passed on.
    #[must_use]
    pub fn to(writer: impl Write + Send + 'static) -> Self {
        Self(Stream::Shared(Arc::new(Mutex::new(writer))))
    }

    /// A writer that is still in somebody's hands: who gives it can see whether others hold on
    /// to the stream, by the number of references. Otherwise as [`to`](Self::to).
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    /// use wsgi_environ::Errors;
    ///
    /// let written = Arc::new(Mutex::new(Vec::new()));
    /// let errors = Errors::shared(written.clone());
    /// errors.print("no coffee");
    /// assert_eq!(*written.lock().unwrap(), b"no coffee\n");
    /// drop(errors);
    /// assert_eq!(Arc::strong_count(&written), 1);
    /// ```
    #[must_use]
    pub fn shared(writer: Arc<Mutex<impl Write + Send + 'static>>) -> Self {
        Self(Stream::Shared(writer))
    }

    /// A stream that keeps what is written, and the handle to look at it: for tests.
    #[must_use]
    pub fn buffer() -> (Self, ErrorsBuffer) {
        let buffer = ErrorsBuffer::default();
        (Self(Stream::Shared(buffer.0.clone())), buffer)
    }

    /// Writes a line: the text, in one piece with a newline after it.
    ///
    /// A log that cannot be written must not fail a request, so an error is ignored.
    ///
    /// ```
    /// use wsgi_environ::Errors;
    ///
    /// let (errors, buffer) = Errors::buffer();
    /// errors.print(format_args!("{} failed", "/menu"));
    /// assert_eq!(buffer.contents(), b"/menu failed\n");
    /// ```
    pub fn print(&self, line: impl fmt::Display) {
        let _ = writeln!(&*self, "{line}");
    }
}

impl Write for &Errors {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.write_all(buf)?;
        Ok(buf.len())
    }

    fn write_all(&mut self, buf: &[u8]) -> io::Result<()> {
        match &self.0 {
            Stream::Stderr => io::stderr().lock().write_all(buf),
            Stream::Discard => Ok(()),
            Stream::Shared(writer) => lock(writer).write_all(buf),
        }
    }

    /// Formats first and then writes at once: no piece of it is interleaved, and a value
    /// that writes to this stream while it is formatted finds it unlocked.
    fn write_fmt(&mut self, args: fmt::Arguments<'_>) -> io::Result<()> {
        let mut text = String::new();
        fmt::write(&mut text, args).map_err(io::Error::other)?;
        self.write_all(text.as_bytes())
    }

    fn flush(&mut self) -> io::Result<()> {
        match &self.0 {
            Stream::Stderr => io::stderr().flush(),
            Stream::Discard => Ok(()),
            Stream::Shared(writer) => lock(writer).flush(),
        }
    }
}

impl Write for Errors {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        (&*self).write(buf)
    }

    fn write_all(&mut self, buf: &[u8]) -> io::Result<()> {
        (&*self).write_all(buf)
    }

    fn write_fmt(&mut self, args: fmt::Arguments<'_>) -> io::Result<()> {
        (&*self).write_fmt(args)
    }

    fn flush(&mut self) -> io::Result<()> {
        (&*self).flush()
    }
}

impl fmt::Debug for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Stream::Stderr => "Errors::stderr",
            Stream::Discard => "Errors::discard",
            Stream::Shared(_) => "Errors::to(..)",
        })
    }
}

/// What was written to an [`Errors::buffer`].
#[derive(Clone, Debug, Default)]
pub struct ErrorsBuffer(Arc<Mutex<Vec<u8>>>);

impl ErrorsBuffer {
    /// All that was written so far.
    #[must_use]
    pub fn contents(&self) -> Vec<u8> {
        lock(&self.0).clone()
    }
}

impl fmt::Display for ErrorsBuffer {
    /// What was written so far, with what is not UTF-8 in it replaced.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.contents()))
    }
}

/// A writer that panicked once may be in any state, but the log must go on.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
