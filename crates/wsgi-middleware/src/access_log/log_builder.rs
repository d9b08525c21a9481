//! The options of a log.

use std::{io, path::Path, sync::Arc, thread, time::Duration};

use wsgi_environ::Errors;

use crate::access_log::{
    destination::Destination,
    log_file::LogFile,
    log_format::LogFormat,
    log_writer::LogWriter,
    queue::{MAX_KEPT_BYTES, Queue},
    writing::Writing,
};

/// The options of a [`LogWriter`]. The destination comes last, and starts the log's thread.
#[derive(Clone, Debug)]
#[must_use]
pub struct LogBuilder {
    format: LogFormat,
    max_buffered_bytes: usize,
    max_delay: Duration,
    flush_timeout: Duration,
    errors: Errors,
}

impl LogWriter {
    /// The options of a log.
    pub fn builder() -> LogBuilder {
        LogBuilder::default()
    }
}

impl LogBuilder {
    /// Sets the format of the lines; [`LogFormat::combined`] by default.
    pub fn format(mut self, format: LogFormat) -> Self {
        self.format = format;
        self
    }

    /// Sets the limit on the lines that wait to be written, in bytes; 1 MiB by default. Lines that
    /// do not fit are dropped and counted. The log needs up to twice this much memory.
    pub fn max_buffered_bytes(mut self, max_buffered_bytes: usize) -> Self {
        self.max_buffered_bytes = max_buffered_bytes;
        self
    }

    /// Sets the time that a line waits for others, with which it is then written; 100 ms by
    /// default. Lines are written earlier if the buffer is half full. Zero writes a line at once,
    /// for the price of a system call or two per request.
    pub fn max_delay(mut self, max_delay: Duration) -> Self {
        self.max_delay = max_delay;
        self
    }

    /// Sets the time that the drop of the last [`LogWriter`] waits for the rest to be written; five
    /// seconds by default. Lines that are not written by then may be lost.
    ///
    /// ```
    /// use std::{sync::mpsc, time::Duration};
    /// use wsgi_middleware::{AccessLog, LogWriter, not_found};
    /// use wsgi_testing::Request;
    ///
    /// // Every line is written at once, whatever it costs.
    /// let (sender, lines) = mpsc::channel();
    /// let log = LogWriter::builder()
    ///     .max_buffered_bytes(64 * 1024)
    ///     .max_delay(Duration::ZERO)
    ///     .flush_timeout(Duration::from_secs(1))
    ///     .closure(move |line| sender.send(line.to_owned()).unwrap())?;
    /// let app = AccessLog::new(not_found, log);
    /// Request::get("/nowhere").call(&app);
    /// assert!(lines.recv().unwrap().contains("\"GET /nowhere HTTP/1.1\" 404"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn flush_timeout(mut self, flush_timeout: Duration) -> Self {
        self.flush_timeout = flush_timeout;
        self
    }

    /// Sets the stream on which a failure of the destination is said; standard error by default.
    pub fn errors(mut self, errors: Errors) -> Self {
        self.errors = errors;
        self
    }

    /// Logs to standard error.
    ///
    /// # Errors
    ///
    /// The system refuses a thread.
    ///
    /// ```
    /// use wsgi_middleware::{AccessLog, LogWriter, not_found};
    ///
    /// let log = LogWriter::builder().stderr()?;
    /// let handle = log.handle();
    /// let app = AccessLog::new(not_found, log);
    /// assert_eq!(handle.lost_lines(), 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn stderr(self) -> io::Result<LogWriter> {
        self.start(Destination::Stderr)
    }

    /// Logs to a file, which is created if it is missing, and appended to otherwise.
    ///
    /// The file is opened again if it was moved or removed, and by [`LogHandle::reopen`]. A new
    /// file can be read by its owner and group (mode 640, without the process's umask). Several
    /// processes can append to one file. A named pipe must have a reader, or opening it waits.
    ///
    /// # Errors
    ///
    /// The file cannot be opened or created, which the error says with its path, or the system
    /// refuses a thread.
    ///
    /// [`LogHandle::reopen`]: crate::LogHandle::reopen
    pub fn file(self, path: impl AsRef<Path>) -> io::Result<LogWriter> {
        let path = path.as_ref();
        let file = LogFile::open(path).map_err(|error| {
            let message = format!("cannot open the access log {}: {error}", path.display());
            io::Error::new(error.kind(), message)
        })?;
        self.start(Destination::File(file))
    }

    /// Passes each line, without its end, to a closure on the log's thread. The closure may block,
    /// because no request waits for it. If it panics, the next line is passed as usual.
    ///
    /// # Errors
    ///
    /// The system refuses a thread.
    pub fn closure(self, closure: impl FnMut(&str) + Send + 'static) -> io::Result<LogWriter> {
        self.start(Destination::Closure(Box::new(closure)))
    }

    /// Passes each line to the logger of the program, as a record of the `log` crate (feature
    /// `log`). Its target is `wsgi::access` and its level is info.
    ///
    /// The logger runs on the log's thread, and may block as a [`closure`](Self::closure) may. If
    /// it does not want such records when a request comes ([`log::max_level`]), the request has no
    /// line and costs nothing. The values of a line are in its text only; for a logger that takes
    /// them apart, set the format [`LogFormat::json`].
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_middleware::{AccessLog, LogWriter};
    /// use wsgi_testing::Request;
    ///
    /// // A program sets its logger first.
    /// let log = LogWriter::builder().log()?;
    /// let app = AccessLog::new(application(|_environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok("hello".into())
    /// }), log);
    /// assert_eq!(Request::get("/").call(&app).text(), "hello");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The system refuses a thread.
    #[cfg(feature = "log")]
    pub fn log(self) -> io::Result<LogWriter> {
        self.start(Destination::Log)
    }

    fn start(self, destination: Destination) -> io::Result<LogWriter> {
        let is_wanted = destination.is_wanted();
        let queue = Arc::new(Queue::new(self.max_buffered_bytes, self.max_delay));
        let writing = Writing {
            queue: Arc::clone(&queue),
            destination,
            format: self.format.clone(),
            errors: self.errors,
            is_write_failing: false,
            is_open_failing: false,
        };
        let thread = thread::Builder::new()
            .name("access-log".to_owned())
            .spawn(move || writing.run())
            .map_err(|error| {
                let message = format!("cannot start the thread of the access log: {error}");
                io::Error::new(error.kind(), message)
            })?;
        let thread = thread.thread().clone();
        Ok(LogWriter::new(
            queue,
            self.format,
            self.flush_timeout,
            is_wanted,
            thread,
        ))
    }
}

impl Default for LogBuilder {
    fn default() -> Self {
        Self {
            format: LogFormat::default(),
            max_buffered_bytes: MAX_KEPT_BYTES,
            max_delay: Duration::from_millis(100),
            flush_timeout: Duration::from_secs(5),
            errors: Errors::stderr(),
        }
    }
}
