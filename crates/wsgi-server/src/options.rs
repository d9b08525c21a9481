//! What a server was told once, for all its connections.

use std::time::Duration;

use wsgi_http1::Limits;

/// Deadlines, sizes and counts. Each has a safe default and is documented at
/// the builder's method of the same name.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) threads: usize,
    pub(crate) max_threads: usize,
    pub(crate) max_connections: usize,
    pub(crate) limits: Limits,
    #[cfg(feature = "fastcgi")]
    pub(crate) fastcgi: wsgi_fastcgi::Limits,
    #[cfg(feature = "scgi")]
    pub(crate) scgi: wsgi_scgi::Limits,
    pub(crate) keep_alive: Duration,
    pub(crate) head_timeout: Duration,
    pub(crate) body_timeout: Duration,
    pub(crate) write_timeout: Duration,
    pub(crate) min_rate: u64,
    pub(crate) shutdown_timeout: Duration,
}

impl Options {
    pub(crate) fn new() -> Self {
        Options {
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            max_threads: 256,
            max_connections: 65_536,
            limits: Limits::new(),
            #[cfg(feature = "fastcgi")]
            fastcgi: wsgi_fastcgi::Limits::new(),
            #[cfg(feature = "scgi")]
            scgi: wsgi_scgi::Limits::new(),
            keep_alive: Duration::from_secs(60),
            head_timeout: Duration::from_secs(15),
            body_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
            min_rate: 500,
            shutdown_timeout: Duration::from_secs(30),
        }
    }
}

/// A body up to this many bytes is gathered before the application is called.
pub(crate) const GATHER_LIMIT: usize = 64 * 1024;

/// What an application left unread is read and thrown away up to this many
/// bytes, so that the connection can be used again.
pub(crate) const DRAIN_LIMIT: u64 = 64 * 1024;

/// Bytes of responses that may wait in memory before a write blocks, or
/// before no further pipelined request is taken up.
pub(crate) const OUT_LIMIT: usize = 64 * 1024;

/// How many bytes are read from a socket at once.
pub(crate) const READ_SIZE: usize = 16 * 1024;

/// How long a connection that is closed after an error may go on sending, so
/// that the answer reaches it (RFC 9112 section 9.6).
pub(crate) const LINGER: Duration = Duration::from_secs(2);

/// How many requests and reads of one connection make up its turn: then the
/// others of its loop have theirs.
pub(crate) const TURN: usize = 32;

/// How many bytes of one response are sent in a turn.
pub(crate) const SEND_TURN: usize = 1024 * 1024;
