//! Settings shared by all connections.

use std::{path::PathBuf, time::Duration};

use wsgi_http1::Limits;

use crate::protocol::Protocol;

/// The longest deadline. Longer ones, such as `Duration::MAX` for none at all, are cut to it.
pub(crate) const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Deadlines, sizes and counts. Each has a safe default. The builder's method of the same name
/// documents it.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) threads: usize,
    pub(crate) max_threads: usize,
    pub(crate) max_connections: usize,
    pub(crate) max_connections_per_address: Option<usize>,
    pub(crate) max_requests_per_connection: u64,
    pub(crate) max_waiting: usize,
    pub(crate) limits: Limits,
    #[cfg(feature = "fastcgi")]
    pub(crate) fastcgi: wsgi_fastcgi::Limits,
    #[cfg(feature = "scgi")]
    pub(crate) scgi: wsgi_scgi::Limits,
    #[cfg(feature = "uwsgi")]
    pub(crate) uwsgi: wsgi_uwsgi::Limits,
    pub(crate) first_request_timeout: Duration,
    pub(crate) keep_alive: Duration,
    pub(crate) handshake_timeout: Duration,
    pub(crate) head_timeout: Duration,
    pub(crate) body_timeout: Duration,
    pub(crate) write_timeout: Duration,
    pub(crate) min_rate: u64,
    pub(crate) response_timeout: Option<Duration>,
    pub(crate) request_timeout: Option<Duration>,
    pub(crate) max_stuck_threads: usize,
    pub(crate) end_when_stuck: bool,
    pub(crate) wait_timeout: Duration,
    pub(crate) idle_thread_timeout: Duration,
    /// The bytes of stack of threads of the application, if they are not those of Rust.
    pub(crate) thread_stack_size: Option<usize>,
    pub(crate) bodies_keep_thread: bool,
    pub(crate) calls_share_lock: bool,
    pub(crate) shutdown_timeout: Duration,
    /// The time that a server that a signal ends goes on before its shutdown.
    #[cfg(feature = "signals")]
    pub(crate) drain_delay: Duration,
    /// Whether large bodies are spooled; if `None`, the protocol and the threads decide.
    pub(crate) spool_bodies: Option<bool>,
    pub(crate) spool_limit: Option<u64>,
    pub(crate) spool_dir: PathBuf,
}

impl Options {
    pub(crate) fn new() -> Self {
        Self {
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            max_threads: 256,
            max_connections: 65_536,
            max_connections_per_address: None,
            max_requests_per_connection: u64::MAX,
            max_waiting: 1024,
            limits: Limits::new(),
            #[cfg(feature = "fastcgi")]
            fastcgi: wsgi_fastcgi::Limits::new(),
            #[cfg(feature = "scgi")]
            scgi: wsgi_scgi::Limits::new(),
            #[cfg(feature = "uwsgi")]
            uwsgi: wsgi_uwsgi::Limits::new(),
            first_request_timeout: Duration::from_secs(60),
            // Load balancers keep connections for 60 s. They must not reuse one that is closed.
            keep_alive: Duration::from_secs(75),
            handshake_timeout: Duration::from_secs(15),
            head_timeout: Duration::from_secs(15),
            body_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
            min_rate: 500,
            response_timeout: None,
            request_timeout: None,
            max_stuck_threads: 64,
            end_when_stuck: false,
            wait_timeout: Duration::from_secs(30),
            idle_thread_timeout: Duration::from_secs(10),
            thread_stack_size: None,
            bodies_keep_thread: false,
            calls_share_lock: false,
            shutdown_timeout: Duration::from_secs(30),
            #[cfg(feature = "signals")]
            drain_delay: Duration::ZERO,
            spool_bodies: None,
            spool_limit: None,
            spool_dir: std::env::temp_dir(),
        }
    }

    /// The least number of threads: each loop needs one, and a spare that can take it over.
    pub(crate) fn min_threads(&self) -> usize {
        MIN_THREADS_PER_LOOP * self.threads
    }

    /// Whether large bodies that come by this protocol are spooled. Front servers stop sending
    /// when a response begins; other clients go on. `None` if it depends on the threads that are
    /// left: uploads by slow clients must not hold them all.
    pub(crate) fn spools(&self, protocol: Protocol) -> Option<bool> {
        self.spool_bodies
            .or_else(|| protocol.is_gateway().then_some(true))
    }

    /// The number of bytes of bodies that may be spooled at once. By default there is room for
    /// any body that is within its own limit.
    pub(crate) fn spool_limit(&self) -> u64 {
        let largest = [
            self.limits.body_limit(),
            #[cfg(feature = "fastcgi")]
            self.fastcgi.body_limit(),
            #[cfg(feature = "scgi")]
            self.scgi.body_limit(),
            #[cfg(feature = "uwsgi")]
            self.uwsgi.body_limit(),
        ];
        let largest = largest.into_iter().max().unwrap_or_default();
        self.spool_limit.unwrap_or(largest.max(SPOOL_LIMIT))
    }

    /// The number of threads that may write bodies to the disk at once. More would not make it
    /// faster. If the disk stalls, half of the spares are left for other requests.
    pub(crate) fn spool_writers(&self) -> usize {
        let spares = self.max_threads.saturating_sub(self.threads);
        let half = spares.div_ceil(2);
        half.min(SPOOL_WRITERS_PER_LOOP * self.threads)
    }
}

/// A loop's own thread, and a spare.
const MIN_THREADS_PER_LOOP: usize = 2;

/// At most this many threads per loop write bodies to the disk at once.
const SPOOL_WRITERS_PER_LOOP: usize = 2;

/// A body of up to this many bytes is gathered before the application is called.
pub(crate) const GATHER_LIMIT: usize = 64 * 1024;

/// A body is no longer gathered when it takes more than this many bytes as it was received, with
/// chunk sizes or record headers. Otherwise a body in the smallest pieces could take far more.
pub(crate) const GATHER_RECEIVED_LIMIT: usize = 2 * GATHER_LIMIT;

/// The number of bytes of a spooled body that gather in memory before they are written.
pub(crate) const SPOOL_BLOCK: usize = 64 * 1024;

/// The number of bytes for which a spooled body of declared length has room before they come.
pub(crate) const SPOOL_AHEAD: u64 = 1024 * 1024;

/// The number of bytes of bodies that may be spooled at once by default, if no single body may be
/// larger.
const SPOOL_LIMIT: u64 = 1024 * 1024 * 1024;

/// Up to this many bytes of a body that the application left unread are read and dropped, so that
/// the connection can be used again.
pub(crate) const DRAIN_LIMIT: u64 = 64 * 1024;

/// The number of bytes of responses that may wait in memory. Beyond it a write blocks, and no
/// further pipelined request is taken up.
pub(crate) const OUT_LIMIT: usize = 64 * 1024;

/// The number of bytes that are read from a socket at once.
pub(crate) const READ_SIZE: usize = 16 * 1024;

/// The number of bytes of a large body that are read from a socket at once, unless its reader has
/// room for more. A reader with room for less than [`READ_SIZE`] costs a request this much memory,
/// and one that wants a buffer as much again.
pub(crate) const BODY_READ_SIZE: usize = 64 * 1024;

/// The time that the client may go on sending after the server's side has ended, so that the
/// response reaches it (RFC 9112 section 9.6).
pub(crate) const LINGER: Duration = Duration::from_secs(2);

/// The number of bytes that the client may send in that time.
pub(crate) const LINGER_LIMIT: usize = 16 * 1024 * 1024;

/// The time for the first request of a client that has sent nothing when the shutdown begins.
/// It connected before the end, and is about to send.
pub(crate) const FIRST_REQUEST: Duration = Duration::from_secs(1);

/// The number of requests and reads of one connection in its turn. After that, the other
/// connections of the loop have theirs.
pub(crate) const MAX_STEPS: usize = 32;

/// The number of bytes of one response that are sent in a turn.
pub(crate) const MAX_SENT: usize = 1024 * 1024;

/// The number of bytes of a file that are sent at once: a quarter of a turn.
pub(crate) const SENDFILE_SIZE: usize = MAX_SENT / 4;
