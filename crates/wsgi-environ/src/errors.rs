//! `wsgi.errors`: the errors stream.

use std::{
    fmt,
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

#[cfg(feature = "log")]
mod records;

/// A handle to the errors stream, which all requests share (PEP 3333, "Input and Error Streams").
///
/// It writes through `&self`, so that it can be used while a variable of the environ is borrowed.
/// Its clone is cheap. The bytes of a single call, such as `write!` and [`print`](Self::print), are
/// never interleaved with others.
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
    #[cfg(feature = "log")]
    Log,
}

impl Errors {
    /// The process's standard error, which is the default.
    ///
    /// ```
    /// use wsgi_environ::{Environ, Errors};
    ///
    /// let mut environ = Environ::new();
    /// environ.set_errors(Errors::stderr());
    /// assert_eq!(format!("{:?}", environ.errors()), "Errors::stderr");
    /// ```
    #[must_use]
    pub const fn stderr() -> Self {
        Self(Stream::Stderr)
    }

    /// Whether this is the process's standard error. Other streams that lead there are not it.
    ///
    /// ```
    /// use std::io;
    /// use wsgi_environ::Errors;
    ///
    /// assert!(Errors::default().is_stderr());
    /// assert!(!Errors::to(io::stderr()).is_stderr());
    /// ```
    #[must_use]
    pub const fn is_stderr(&self) -> bool {
        matches!(self.0, Stream::Stderr)
    }

    /// A stream that discards everything.
    ///
    /// ```
    /// use std::io::Write;
    /// use wsgi_environ::Errors;
    ///
    /// assert!(writeln!(&Errors::discard(), "nobody reads this").is_ok());
    /// ```
    #[must_use]
    pub const fn discard() -> Self {
        Self(Stream::Discard)
    }

    /// A stream to any writer, which a lock protects. Each call becomes one `write_all`, and a
    /// flush is passed on.
    ///
    /// ```
    /// use std::{fs::File, io::Write};
    /// use wsgi_environ::Errors;
    ///
    /// # let name = format!("wsgi-environ-{}.log", std::process::id());
    /// # let path = std::env::temp_dir().join(name);
    /// let errors = Errors::to(File::create(&path)?);
    /// writeln!(&errors, "out of ink")?;
    /// assert_eq!(std::fs::read_to_string(&path)?, "out of ink\n");
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn to(writer: impl Write + Send + 'static) -> Self {
        Self(Stream::Shared(Arc::new(Mutex::new(writer))))
    }

    /// A stream as from [`to`](Self::to), to a writer that the caller keeps too. The number of
    /// references shows the caller whether others still hold the stream.
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

    /// A stream to the logger of the program, in records of the `log` crate (feature `log`).
    ///
    /// A record has the target `wsgi`. Its level is error, or info if it comes from
    /// [`notice`](Self::notice). The text of a single call is one record without its last newline,
    /// so an error is one record with its causes and its backtrace.
    ///
    /// Text that does not end with a newline waits for the rest, which the same thread writes. A
    /// flush, the [end of a request](Self::end_entry), and 8 KiB make it a record as it is. Bytes
    /// that are not UTF-8 become U+FFFD, and blank lines are left out.
    ///
    /// If the logger does not want errors ([`log::max_level`]), which is so until a logger is set,
    /// nothing is formatted. The logger runs on the thread that writes, and should not hold it up.
    /// Text that the logger itself writes to this stream, while it logs a record of this stream,
    /// goes to standard error.
    ///
    /// ```rust,standalone_crate
    /// use std::sync::Mutex;
    /// use log::{LevelFilter, Log, Metadata, Record};
    /// use wsgi_environ::Errors;
    ///
    /// struct Lines(Mutex<Vec<String>>);
    ///
    /// impl Log for Lines {
    ///     fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
    ///         true
    ///     }
    ///     fn log(&self, record: &Record<'_>) {
    ///         let line = format!("{} {}: {}", record.level(), record.target(), record.args());
    ///         self.0.lock().unwrap().push(line);
    ///     }
    ///     fn flush(&self) {}
    /// }
    ///
    /// static LINES: Lines = Lines(Mutex::new(Vec::new()));
    /// log::set_logger(&LINES)?;
    /// log::set_max_level(LevelFilter::Info);
    ///
    /// let errors = Errors::log();
    /// errors.print("out of tea");
    /// errors.notice("the kettle is on");
    /// let lines = LINES.0.lock().unwrap();
    /// assert_eq!(*lines, ["ERROR wsgi: out of tea", "INFO wsgi: the kettle is on"]);
    /// # Ok::<(), log::SetLoggerError>(())
    /// ```
    #[cfg(feature = "log")]
    #[must_use]
    pub const fn log() -> Self {
        Self(Stream::Log)
    }

    /// For tests: a stream that keeps everything in memory, and a handle to read it.
    #[must_use]
    pub fn buffer() -> (Self, ErrorsBuffer) {
        let buffer = ErrorsBuffer::default();
        (Self(Stream::Shared(buffer.0.clone())), buffer)
    }

    /// Writes a text and a newline in one piece.
    ///
    /// Errors are ignored, since a log that cannot be written must not fail a request.
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

    /// Writes a text as [`print`](Self::print) does, for what is not a fault of the program, such
    /// as the address that a server listens on, or the mistake of a client. In a stream of records,
    /// its level is info.
    ///
    /// ```
    /// use wsgi_environ::Errors;
    ///
    /// let (errors, buffer) = Errors::buffer();
    /// errors.notice("serving on http://127.0.0.1:8000");
    /// assert_eq!(buffer.contents(), b"serving on http://127.0.0.1:8000\n");
    /// ```
    pub fn notice(&self, line: impl fmt::Display) {
        match &self.0 {
            #[cfg(feature = "log")]
            Stream::Log => records::notice(format_args!("{line}")),
            _ => self.print(line),
        }
    }

    /// For gateways: ends the entry that this thread has begun without a newline, if any, so that
    /// nothing else continues it.
    ///
    /// A gateway calls it on the thread of the application, after the application and its body.
    /// Only a stream of records keeps such an entry; without the feature `log`, this does nothing.
    ///
    /// ```
    /// use std::io::Write;
    /// use wsgi_environ::Errors;
    ///
    /// let (errors, buffer) = Errors::buffer();
    /// (&errors).write_all(b"out of")?;
    /// Errors::end_entry();
    /// assert_eq!(buffer.contents(), b"out of");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[inline]
    pub fn end_entry() {
        #[cfg(feature = "log")]
        records::end_entry();
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
            #[cfg(feature = "log")]
            Stream::Log => records::write(buf),
        }
    }

    /// Formats the text before it writes it, so that its pieces are not interleaved with others,
    /// and so that a value can write to this stream while it is formatted.
    fn write_fmt(&mut self, args: fmt::Arguments<'_>) -> io::Result<()> {
        #[cfg(feature = "log")]
        if matches!(self.0, Stream::Log) && !records::are_wanted() {
            return Ok(());
        }
        let mut text = String::new();
        fmt::write(&mut text, args).map_err(io::Error::other)?;
        self.write_all(text.as_bytes())
    }

    fn flush(&mut self) -> io::Result<()> {
        match &self.0 {
            Stream::Stderr => io::stderr().flush(),
            Stream::Discard => Ok(()),
            Stream::Shared(writer) => lock(writer).flush(),
            #[cfg(feature = "log")]
            Stream::Log => records::flush(),
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
            #[cfg(feature = "log")]
            Stream::Log => "Errors::log",
        })
    }
}

/// The bytes written to an [`Errors::buffer`].
///
/// ```
/// use std::io::Write;
/// use wsgi_environ::Errors;
///
/// let (errors, written) = Errors::buffer();
/// writeln!(&errors, "out of ink")?;
/// assert_eq!(written.to_string(), "out of ink\n");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ErrorsBuffer(Arc<Mutex<Vec<u8>>>);

impl ErrorsBuffer {
    /// All bytes written so far.
    #[must_use]
    pub fn contents(&self) -> Vec<u8> {
        lock(&self.0).clone()
    }
}

impl fmt::Display for ErrorsBuffer {
    /// Shows everything written so far. Bytes that are not UTF-8 are replaced.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.contents()))
    }
}

/// Locks the writer even if it panicked before, since the log must go on.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
