//! Configuration of a session server.

use std::{io, os::unix::net::UnixStream, path::Path, sync::Arc, time::Duration};

use super::{SessionServer, listener::Listener, settings::Settings};
use crate::stores::{file::FileStore, wait::LONGEST};

/// Default lifetime of a value that a client of WSGI Utils sets.
const LEGACY_LIFETIME: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// A hundred years, which no system clock overflows.
const LONGEST_LEGACY_LIFETIME: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// Configuration of a [`SessionServer`].
///
/// ```
/// use std::os::unix::fs::PermissionsExt;
/// use std::time::Duration;
/// use wsgi_sessions::{FileStore, SessionServer};
///
/// # let dir = tempfile::tempdir()?;
/// let store = FileStore::open(dir.path().join("sessions.redb"))?;
/// let server = SessionServer::builder(store)
///     .mode(0o660)
///     .max_clients(64)
///     .client_timeout(Duration::from_secs(5))
///     .sweep_interval(Duration::from_secs(10))
///     .shutdown_timeout(Duration::from_secs(3))
///     .legacy(true)
///     .legacy_lifetime(Duration::from_secs(86_400))
///     .bind(dir.path().join("socket"))?;
/// let mode = std::fs::metadata(dir.path().join("socket"))?.permissions().mode();
/// assert_eq!(mode & 0o777, 0o660);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SessionServerBuilder(Settings);

impl SessionServer {
    /// Starts the configuration of a server for the sessions in `store`. A process that shares the
    /// store in an `Arc` can use it itself meanwhile.
    pub fn builder(store: impl Into<Arc<FileStore>>) -> SessionServerBuilder {
        let store = store.into();
        store.share();
        SessionServerBuilder(Settings {
            store,
            legacy: Some(LEGACY_LIFETIME),
            max_clients: 1024,
            sweep_interval: Duration::from_secs(1),
            client_timeout: Duration::from_secs(30),
            shutdown_timeout: Duration::from_secs(10),
            mode: 0o600,
        })
    }
}

impl SessionServerBuilder {
    /// Whether to serve clients of WSGI Utils, with the verbs `GET` and `SET` on a table of their
    /// own; by default `true`. Otherwise these verbs are answered with an error.
    #[must_use]
    pub fn legacy(mut self, is_served: bool) -> Self {
        self.0.legacy = is_served.then(|| self.0.legacy.unwrap_or(LEGACY_LIFETIME));
        self
    }

    /// Sets how long a value of a WSGI Utils client is kept after it was last set; by default 14
    /// days, at most a hundred years. Implies [`legacy(true)`](Self::legacy).
    #[must_use]
    pub fn legacy_lifetime(mut self, lifetime: Duration) -> Self {
        self.0.legacy = Some(lifetime.min(LONGEST_LEGACY_LIFETIME));
        self
    }

    /// Limits the number of clients at a time; by default 1024. Each needs a thread and a file
    /// descriptor. Clients beyond the process's own limits wait to be accepted. A client beyond
    /// this limit gets an error and is disconnected.
    #[must_use]
    pub fn max_clients(mut self, max: usize) -> Self {
        self.0.max_clients = max;
        self
    }

    /// Sets the time between sweeps; by default a second, at least a millisecond, at most a week.
    /// Each sweep looks at 1000 sessions. If more than a quarter of them were over, the next sweep
    /// follows at once.
    #[must_use]
    pub fn sweep_interval(mut self, interval: Duration) -> Self {
        self.0.sweep_interval = interval.clamp(Duration::from_millis(1), LONGEST);
        self
    }

    /// Limits how long a client may take to send a message or to read an answer; by default 30
    /// seconds, at least a millisecond, at most a week. A slower client is disconnected. Between
    /// messages it may wait forever.
    #[must_use]
    pub fn client_timeout(mut self, timeout: Duration) -> Self {
        self.0.client_timeout = timeout.clamp(Duration::from_millis(1), LONGEST);
        self
    }

    /// Limits how long clients may take to read their last answers when the server stops; by
    /// default 10 seconds, at most a week. After that they are disconnected.
    #[must_use]
    pub fn shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.0.shutdown_timeout = timeout.min(LONGEST);
        self
    }

    /// Sets the permissions of the socket; by default `0o600`, for its owner only.
    #[must_use]
    pub fn mode(mut self, mode: u32) -> Self {
        self.0.mode = mode;
        self
    }

    /// Listens at `path`.
    ///
    /// Replaces a socket that an earlier server left there. The file of the same name with `.lock`
    /// appended stays locked while the server runs, and is never removed. A folder of the same name
    /// with `.new` appended exists while this method runs.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::AddrInUse`] if another server listens there;
    /// [`io::ErrorKind::AlreadyExists`] if something other than a socket is there, or if something
    /// else is in the place of the folder; [`io::ErrorKind::InvalidInput`] if `path` is longer than
    /// 101 bytes, or 97 on macOS; the system's error if it cannot listen.
    pub fn bind(self, path: impl AsRef<Path>) -> io::Result<SessionServer> {
        let listener = Listener::bind(path.as_ref(), self.0.mode)?;
        let (wakes, waker) = UnixStream::pair()?;
        waker.set_nonblocking(true)?;
        Ok(SessionServer {
            settings: self.0,
            listener,
            wakes,
            waker,
        })
    }
}
