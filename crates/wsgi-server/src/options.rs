//! What a server was told once, for all its connections.

use std::{path::PathBuf, time::Duration};

use wsgi_http1::Limits;

use crate::protocol::Protocol;

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
    pub(crate) first_request_timeout: Duration,
    pub(crate) keep_alive: Duration,
    pub(crate) head_timeout: Duration,
    pub(crate) body_timeout: Duration,
    pub(crate) write_timeout: Duration,
    pub(crate) min_rate: u64,
    pub(crate) shutdown_timeout: Duration,
    /// Whether large bodies are spooled, where that was said.
    pub(crate) spool_bodies: Option<bool>,
    pub(crate) spool_limit: Option<u64>,
    pub(crate) spool_dir: PathBuf,
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
            first_request_timeout: Duration::from_secs(60),
            // Load balancers keep 60, and must not find closed what they take up again.
            keep_alive: Duration::from_secs(75),
            head_timeout: Duration::from_secs(15),
            body_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
            min_rate: 500,
            shutdown_timeout: Duration::from_secs(30),
            spool_bodies: None,
            spool_limit: None,
            spool_dir: std::env::temp_dir(),
        }
    }

    /// Whether large bodies are spooled that come by this protocol. Front servers stop
    /// sending where a response begins; other clients go on.
    pub(crate) fn spools(&self, protocol: Protocol) -> bool {
        self.spool_bodies.unwrap_or(protocol.is_gateway())
    }

    /// How many bytes of bodies may be spooled at once. Where nothing is said, any
    /// body has room that is not too large by itself.
    pub(crate) fn spool_limit(&self) -> u64 {
        let largest = [
            self.limits.body_limit(),
            #[cfg(feature = "fastcgi")]
            self.fastcgi.body_limit(),
            #[cfg(feature = "scgi")]
            self.scgi.body_limit(),
        ];
        let largest = largest.into_iter().max().unwrap_or_default();
        self.spool_limit.unwrap_or(largest.max(SPOOL_LIMIT))
    }

    /// How many threads may write bodies to the disk at once. More would make it no
    /// faster, and should it stall, others are left.
    pub(crate) fn spool_writers(&self) -> usize {
        let spares = self.max_threads.saturating_sub(self.threads);
        spares.div_ceil(2).min(2 * self.threads)
    }
}

/// A body up to this many bytes is gathered before the application is called.
pub(crate) const GATHER_LIMIT: usize = 64 * 1024;

/// How many bytes of a body that is spooled gather before they are written.
pub(crate) const SPOOL_BLOCK: usize = 64 * 1024;

/// How many bytes of a body that is spooled have room before they come, where its
/// length is declared.
pub(crate) const SPOOL_AHEAD: u64 = 1024 * 1024;

/// How many bytes of bodies may be spooled at once where nothing is said.
const SPOOL_LIMIT: u64 = 1024 * 1024 * 1024;

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

/// How many bytes it may send in that time.
pub(crate) const LINGER_LIMIT: usize = 16 * 1024 * 1024;

/// How long a client that has sent nothing yet may take for its first request once
/// the server ends: it connected before, and is about to.
pub(crate) const FIRST_REQUEST: Duration = Duration::from_secs(1);

/// How many requests and reads of one connection make up its turn: then the
/// others of its loop have theirs.
pub(crate) const TURN: usize = 32;

/// How many bytes of one response are sent in a turn.
pub(crate) const SEND_TURN: usize = 1024 * 1024;
