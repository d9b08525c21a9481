//! The kinds of failures of which the log tells now and then.

use crate::loops::throttle::Throttle;

/// The throttles of a server, one for each kind of failure.
#[derive(Debug, Default)]
pub(crate) struct Throttles {
    pub(crate) failed_handshakes: Throttle,
    /// Clients whose address had too many connections.
    pub(crate) turned_away: Throttle,
    /// Requests and handshakes that had to wait for a thread.
    pub(crate) refused_requests: Throttle,
    /// Spare threads that the system refused.
    pub(crate) refused_threads: Throttle,
    /// Attempts to accept clients that failed, though nothing was short.
    pub(crate) failed_accepts: Throttle,
    /// Bodies for which there was no room.
    pub(crate) bodies_without_room: Throttle,
    /// Bodies that could not be kept in a file.
    pub(crate) unkept_bodies: Throttle,
    /// Files that broke their responses off.
    pub(crate) broken_files: Throttle,
    /// Owners of chunks that broke their responses off.
    pub(crate) lost_bytes: Throttle,
    /// Peers that may not connect to the socket.
    pub(crate) refused_peers: Throttle,
    /// Connections without the header of a trusted proxy.
    pub(crate) refused_headers: Throttle,
}
