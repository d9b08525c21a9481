//! Reading and throwing away the rest of a body that the application left.

use std::io;

use crate::{
    connections::{
        answer::Answer,
        connection::Connection,
        draining::{Drained, Draining},
        lingering::Expected,
        next::Next,
        phase::Phase,
    },
    responses::refusal::Refusal,
    workers::{
        driver::Driver,
        flow::Flow,
        steps::{linger, receive, refuse, send},
    },
};

/// Throws away what has come of a body.
pub(super) fn go_on(
    driver: &mut Driver<'_>,
    connection: &mut Connection,
    mut draining: Box<Draining>,
) -> Flow {
    let flow = loop {
        match draining.discard() {
            Drained::Partly => {}
            Drained::Whole => {
                let (replies, rest) = draining.into_parts();
                driver.kit.out.extend_from_slice(&replies);
                connection.keep(rest, driver.now());
                let flow = send::begin(driver, connection, Answer::whole(Next::Request));
                return flow.after_response(connection);
            }
            Drained::TooLarge => return linger::begin(driver, connection, Expected::Request),
            Drained::Malformed(rejection) => {
                refuse::log(driver, connection.protocol, &Refusal::Rejected(rejection));
                return linger::begin(driver, connection, Expected::Request);
            }
        }
        if !driver.take_step() {
            break Flow::Yield;
        }
        match draining.read(&connection.peer) {
            Ok(0) => return receive::part(connection),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break Flow::Wait,
            Err(_) => return Flow::Close,
        }
    };
    connection.phase = Phase::Draining(draining);
    flow
}

/// Ends a connection on which the rest of a body takes too long. The client may still send, and may
/// not have read the response.
pub(super) fn expire(driver: &Driver<'_>, connection: &mut Connection) -> Flow {
    linger::begin(driver, connection, Expected::Request)
}
