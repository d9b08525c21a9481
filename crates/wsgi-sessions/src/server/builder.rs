//! How a session server serves.

use std::io;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use super::SessionServer;
use super::listener::Listener;
use crate::FileStore;
use crate::stores::wait::LONGEST;

/// How long a client of WSGI Utils finds what it set.
const LEGACY_LIFETIME: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// A hundred years: no system's clock ends before.
const LONGEST_LEGACY_LIFETIME: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// How a [`SessionServer`] serves.
#[derive(Debug)]
pub struct SessionServerBuilder {
    pub(super) store: FileStore,
    pub(super) legacy: Option<Duration>,
    pub(super) most_clients: usize,
    pub(super) sweep_interval: Duration,
    pub(super) client_timeout: Duration,
    pub(super) drain: Duration,
    pub(super) mode: u32,
}

impl SessionServerBuilder {
    pub(super) fn new(store: FileStore) -> Self {
        Self {
            store: store.shared(),
            legacy: Some(LEGACY_LIFETIME),
            most_clients: 1024,
            sweep_interval: Duration::from_secs(1),
            client_timeout: Duration::from_secs(30),
            drain: Duration::from_secs(10),
            mode: 0o600,
        }
    }

    /// Whether clients of WSGI Utils are served, with its verbs `GET` and `SET` on a table of
    /// their own. By default they are; without, these verbs are answered by an error.
    #[must_use]
    pub fn legacy(mut self, is_served: bool) -> Self {
        self.legacy = is_served.then(|| self.legacy.unwrap_or(LEGACY_LIFETIME));
        self
    }

    /// How long what a client of WSGI Utils sets is kept, since it was last set: 14 days unless
    /// told, a hundred years at most. Implies [`legacy(true)`](Self::legacy).
    #[must_use]
    pub fn legacy_lifetime(mut self, lifetime: Duration) -> Self {
        self.legacy = Some(lifetime.min(LONGEST_LEGACY_LIFETIME));
        self
    }

    /// The most clients at a time, 1024 unless told. Each has a thread and a file descriptor: more
    /// than the process may have wait to be accepted. One more hears an error and is let go.
    #[must_use]
    pub fn most_clients(mut self, most: usize) -> Self {
        self.most_clients = most;
        self
    }

    /// The time between sweeps, a second unless told, a millisecond at least and a week at most.
    /// Each looks at 1000 sessions; where more than a quarter of them were over, the next follows at
    /// once.
    #[must_use]
    pub fn sweep_interval(mut self, interval: Duration) -> Self {
        self.sweep_interval = interval.clamp(Duration::from_millis(1), LONGEST);
        self
    }

    /// How long a client may take over sending a message or taking an answer, 30 seconds unless
    /// told, a millisecond at least and a week at most; then it is let go. Between messages it may
    /// wait as long as it likes.
    #[must_use]
    pub fn client_timeout(mut self, timeout: Duration) -> Self {
        self.client_timeout = timeout.clamp(Duration::from_millis(1), LONGEST);
        self
    }

    /// How long clients are given to take their last answers when the server stops, 10 seconds
    /// unless told, a week at most; then they are cut off.
    #[must_use]
    pub fn drain(mut self, most: Duration) -> Self {
        self.drain = most.min(LONGEST);
        self
    }

    /// The permissions of the socket, `0o600` unless told: its owner alone.
    #[must_use]
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = mode;
        self
    }

    /// Listens at `path`.
    ///
    /// A socket that a former server left there is replaced. The file of the same name with
    /// `.lock` at its end stays locked while the server runs, and is not removed.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::AddrInUse`] where another server listens there;
    /// [`io::ErrorKind::AlreadyExists`] where something stands there that is no socket;
    /// [`io::ErrorKind::InvalidInput`] where `path` is longer than 101 bytes, on macOS 97; what the
    /// system says where it cannot listen.
    pub fn bind(self, path: impl AsRef<Path>) -> io::Result<SessionServer> {
        let listener = Listener::bind(path.as_ref(), self.mode)?;
        let (wakes, waker) = UnixStream::pair()?;
        waker.set_nonblocking(true)?;
        Ok(SessionServer {
            settings: self,
            listener,
            wakes,
            waker,
        })
    }
}
