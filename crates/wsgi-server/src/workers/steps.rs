//! The steps that a connection takes: one file a phase, and the ways from one to the next.

pub(crate) mod break_off;
pub(crate) mod call;
pub(crate) mod drain;
pub(crate) mod finish;
pub(crate) mod handshake;
mod late;
pub(crate) mod linger;
pub(crate) mod live;
pub(crate) mod next;
pub(crate) mod open;
pub(crate) mod overload;
pub(crate) mod receive;
pub(crate) mod refuse;
mod respond;
pub(crate) mod send;
pub(crate) mod spool;

use crate::{
    connections::{connection::Connection, phase::Phase},
    workers::{driver::Driver, flow::Flow},
};

/// Takes the next step in the phase of a connection.
pub(super) fn go_on(driver: &mut Driver<'_>, connection: &mut Connection) -> Flow {
    match connection.phase.take() {
        Phase::Opening(opening) => open::go_on(driver, connection, opening),
        Phase::Handshaking => handshake::go_on(driver, connection),
        Phase::Receiving => receive::go_on(driver, connection),
        Phase::Spooling(spooling) => spool::go_on(driver, connection, spooling),
        Phase::Sending(outgoing) => send::go_on(driver, connection, outgoing),
        Phase::Finishing(finishing) => finish::go_on(driver, connection, *finishing),
        Phase::Draining(draining) => drain::go_on(driver, connection, draining),
        Phase::Breaking(breaking) => break_off::go_on(connection, breaking),
        Phase::Lingering(lingering) => linger::go_on(driver, connection, lingering),
    }
}

/// Takes the step that is due when the deadline of a connection has passed.
pub(super) fn expire(driver: &mut Driver<'_>, connection: &mut Connection) -> Flow {
    match connection.phase.take() {
        Phase::Opening(opening) => open::expire(driver, &opening),
        Phase::Receiving => receive::expire(driver, connection),
        Phase::Spooling(spooling) => spool::expire(driver, connection, spooling),
        Phase::Sending(outgoing) => send::expire(driver, connection, outgoing),
        Phase::Handshaking => handshake::expire(driver, connection),
        Phase::Draining(_) => drain::expire(driver, connection),
        Phase::Breaking(breaking) => break_off::expire(driver, connection, breaking),
        Phase::Lingering(lingering) => linger::expire(driver, connection, lingering),
        // Hooks wait for a thread, and have no deadline.
        phase @ Phase::Finishing(_) => {
            connection.phase = phase;
            Flow::Wait
        }
    }
}
