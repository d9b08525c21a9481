//! The way that a connection goes on after a step.

use crate::connections::connection::Connection;

/// The way that a connection goes on after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// It waits for its peer.
    Wait,
    /// It can go on, after the others.
    Yield,
    /// It can go on now, in another phase.
    Go,
    /// It ends.
    Close,
}

impl Flow {
    /// The way that a connection goes on after a response. The socket may hold requests for which
    /// no event comes.
    pub(super) fn after_response(self, connection: &Connection) -> Self {
        match self {
            Flow::Wait if connection.phase.is_receiving() => Flow::Go,
            flow => flow,
        }
    }
}
