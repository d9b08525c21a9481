//! How to go on with a connection.

use crate::connections::connection::{Connection, Phase};

/// How to go on with a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// It waits for its peer.
    Wait,
    /// It can go on, after the others.
    Yield,
    /// It can go on now, in another phase.
    Go,
    Close,
}

impl Flow {
    /// How to go on after a response: the socket may hold requests that gave no
    /// event of their own.
    pub(super) fn after_response(self, connection: &Connection) -> Self {
        match self {
            Flow::Wait if matches!(connection.phase, Phase::Receiving) => Flow::Go,
            flow => flow,
        }
    }
}
