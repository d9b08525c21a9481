//! Waiting until an incomplete response may break off.

use crate::{
    connections::{breaking::Breaking, connection::Connection, phase::Phase},
    workers::{driver::Driver, flow::Flow},
};

/// Breaks off if the peer has left, and waits on if not.
pub(super) fn go_on(connection: &mut Connection, breaking: Box<Breaking>) -> Flow {
    if connection.hangup {
        return end(connection, &breaking);
    }
    connection.phase = Phase::Breaking(breaking);
    Flow::Wait
}

/// Breaks off, or waits on for a peer that has not read the response yet.
pub(super) fn expire(
    driver: &Driver<'_>,
    connection: &mut Connection,
    mut breaking: Box<Breaking>,
) -> Flow {
    if breaking.waits_on(&connection.peer, driver.now()) {
        connection.phase = Phase::Breaking(breaking);
        return Flow::Wait;
    }
    end(connection, &breaking)
}

fn end(connection: &Connection, breaking: &Breaking) -> Flow {
    breaking.break_off(&connection.peer);
    Flow::Close
}
