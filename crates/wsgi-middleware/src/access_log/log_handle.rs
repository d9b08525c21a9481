//! A handle to a log that others write to.

use std::{sync::Arc, time::Duration};

use crate::access_log::queue::Queue;

/// A handle to a [`LogWriter`](crate::LogWriter). It does not keep the log open.
///
/// ```
/// use std::{fs, time::Duration};
/// use wsgi_middleware::LogWriter;
///
/// # let folder = std::env::temp_dir().join(format!("wsgi-log-{}", std::process::id()));
/// # fs::create_dir_all(&folder)?;
/// let path = folder.join("access.log");
/// let log = LogWriter::builder().file(&path)?;
/// let handle = log.handle();
/// fs::rename(&path, folder.join("access.log.1"))?;
/// handle.reopen(); // as a program does on SIGUSR1
/// drop(log);
/// assert!(path.exists());
/// # fs::remove_dir_all(&folder)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LogHandle(Arc<Queue>);

impl LogHandle {
    pub(super) fn new(queue: Arc<Queue>) -> Self {
        Self(queue)
    }

    /// Opens the file again, or creates it. It does nothing for other destinations.
    ///
    /// The log's thread does it soon. The lines of requests that end after this call are in the
    /// file that the path then leads to. If it cannot be opened, the old file stays, and the error
    /// is on standard error.
    pub fn reopen(&self) {
        self.0.reopen();
    }

    /// Waits until the lines of all requests that have ended are written. Returns false if the
    /// timeout passes first, or if the log has ended without writing them.
    ///
    /// Call it before the program ends, after the server has: a thread of the server may still hold
    /// the application, and with it the [`LogWriter`](crate::LogWriter).
    ///
    /// ```
    /// use std::time::Duration;
    /// use wsgi_middleware::{AccessLog, LogWriter, not_found};
    /// use wsgi_testing::Request;
    ///
    /// let log = LogWriter::builder().closure(|_line| {})?;
    /// let handle = log.handle();
    /// let app = AccessLog::new(not_found, log);
    /// Request::get("/").call(&app);
    /// assert!(handle.flush(Duration::from_secs(10)));
    /// assert_eq!(handle.lost_lines(), 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn flush(&self, timeout: Duration) -> bool {
        self.0.flush(timeout)
    }

    /// The number of lines that were lost so far, because they could not be written fast enough or
    /// not at all.
    #[must_use]
    pub fn lost_lines(&self) -> u64 {
        self.0.lost_lines()
    }
}

/// The lines that were lost, as the family `wsgi_access_log_lost_lines_total`.
#[cfg(feature = "metrics")]
impl wsgi_metrics::Source for LogHandle {
    fn write_to(&self, page: &mut wsgi_metrics::Page) {
        let help = "Lines of the access log that could not be written in time, or not at all.";
        let kind = wsgi_metrics::Kind::Counter;
        page.family("wsgi_access_log_lost_lines_total", kind, help)
            .sample(&[], self.lost_lines());
    }
}
