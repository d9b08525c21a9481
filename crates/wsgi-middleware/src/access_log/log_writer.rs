//! A log with a thread that writes it.

use std::{
    cell::Cell,
    fmt,
    sync::Arc,
    thread::{self, Thread},
    time::Duration,
};

use crate::access_log::{
    dates::Dates, entry::Entry, log_format::LogFormat, log_handle::LogHandle, queue::Queue,
};

/// The memory of a thread for a line grows up to this.
const MAX_KEPT_BYTES: usize = 64 * 1024;

thread_local! {
    /// The memory of this thread.
    static MEMORY: Cell<Option<Box<Memory>>> = const { Cell::new(None) };
}

/// The memory of a thread from one line to the next.
#[derive(Default)]
struct Memory {
    line: Vec<u8>,
    dates: Dates,
}

/// A log for [`AccessLog`](crate::AccessLog): a format, a destination, and a thread that writes.
///
/// Clones write to the same log. When the last one is dropped, the lines that remain are written,
/// for [five seconds](crate::LogBuilder::flush_timeout) at most.
///
/// A request never waits for the destination. Its line is added to a bounded buffer, and the thread
/// writes what it finds there, ten times a second. If it cannot keep up, because a disk is full or
/// slow or hangs, further lines are dropped and counted, and a line in the log gives their number
/// when writing goes on. A destination that fails is tried again every second; the failure is said
/// once on standard error.
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use wsgi_application::{Status, application};
/// use wsgi_middleware::{AccessLog, LogFormat, LogWriter};
/// use wsgi_testing::Request;
///
/// let lines = Arc::new(Mutex::new(Vec::new()));
/// let log = LogWriter::builder().format("{method} {target} {status}".parse()?).closure({
///     let lines = lines.clone();
///     move |line| lines.lock().unwrap().push(line.to_owned())
/// })?;
/// let app = application(|_environ, start_response| {
///     start_response.start(Status::OK, ())?;
///     Ok("hello".into())
/// });
/// let app = AccessLog::new(app, log);
/// Request::get("/greet?name=Ada").call(&app);
/// drop(app);
/// assert_eq!(*lines.lock().unwrap(), ["GET /greet?name=Ada 200"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct LogWriter(Arc<Log>);

/// A log, and the end of its thread.
struct Log {
    queue: Arc<Queue>,
    format: LogFormat,
    has_thread: bool,
    flush_timeout: Duration,
    /// Whether the destination wants lines at present; always, if this is `None`.
    is_wanted: Option<fn() -> bool>,
    thread: Thread,
}

impl LogWriter {
    /// A handle that opens the file again, and flushes. It does not keep the log open.
    #[must_use]
    pub fn handle(&self) -> LogHandle {
        LogHandle::new(Arc::clone(&self.0.queue))
    }

    pub(super) fn new(
        queue: Arc<Queue>,
        format: LogFormat,
        flush_timeout: Duration,
        is_wanted: Option<fn() -> bool>,
        thread: Thread,
    ) -> Self {
        Self(Arc::new(Log {
            queue,
            has_thread: format.has_thread(),
            format,
            flush_timeout,
            is_wanted,
            thread,
        }))
    }

    /// A number that no other log has.
    pub(super) fn id(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }

    /// Whether the destination wants lines at present.
    #[inline]
    pub(super) fn is_wanted(&self) -> bool {
        self.0.is_wanted.is_none_or(|is_wanted| is_wanted())
    }

    /// Whether a line names the thread of the request.
    pub(super) fn has_thread(&self) -> bool {
        self.0.has_thread
    }

    /// Writes the line of a request. Once warm, it allocates nothing.
    pub(super) fn log(&self, entry: &Entry<'_>) {
        // A thread that ends has no memory of its own any more.
        let memory = MEMORY.try_with(Cell::take).unwrap_or_default();
        let mut memory = memory.unwrap_or_default();
        let Memory { line, dates } = &mut *memory;
        line.clear();
        self.0.format.push_line(line, dates, entry);
        self.0.queue.push(line);
        if line.capacity() <= MAX_KEPT_BYTES {
            let _ = MEMORY.try_with(|own| own.set(Some(memory)));
        }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        // A closure may own a clone, and its thread must not wait for itself.
        let is_own = self.thread.id() == thread::current().id();
        let timeout = match is_own {
            true => Duration::ZERO,
            false => self.flush_timeout,
        };
        self.queue.close(timeout);
    }
}

impl fmt::Debug for LogWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogWriter")
            .field("format", &self.0.format)
            .finish_non_exhaustive()
    }
}
