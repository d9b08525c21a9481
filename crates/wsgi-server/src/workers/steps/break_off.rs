//! Waiting until an incomplete response may break off.

use crate::{
    connections::{breaking::Breaking, connection::Connection, phase::Phase},
    workers::flow::Flow,
};

/// Breaks off if the peer has left, and waits on if not.
pub(super) fn go_on(connection: &mut Connection, breaking: Box<Breaking>) -> Flow {
    if connection.hangup {
        return expire(connection, &breaking);
    }
    connection.phase = Phase::Breaking(breaking);
    Flow::Wait
}

/// Breaks off.
pub(super) fn expire(connection: &Connection, breaking: &Breaking) -> Flow {
    breaking.break_off(&connection.peer);
    Flow::Close
}
