//! Turning to what follows a response.

use crate::{
    connections::{breaking::Breaking, connection::Connection, next::Next, phase::Phase},
    workers::{driver::Driver, flow::Flow, steps::linger},
};

/// Takes a connection, whose last phase is over, to its next one or to its end.
#[inline]
pub(super) fn go_to(driver: &Driver<'_>, connection: &mut Connection, next: Next) -> Flow {
    connection.deadline = None;
    match next {
        Next::Request => Flow::Wait,
        next => turn(driver, connection, next),
    }
}

#[inline(never)] // as that would make the way to the next request longer
fn turn(driver: &Driver<'_>, connection: &mut Connection, next: Next) -> Flow {
    connection.phase = match next {
        Next::Request => return Flow::Wait,
        Next::Drain(draining) => {
            let options = &driver.shared().config.options;
            connection.deadline = Some(driver.now() + options.body_timeout);
            Phase::Draining(draining)
        }
        Next::Spool(spooling) => Phase::Spooling(spooling),
        Next::Linger(expected) => return linger::begin(driver, connection, expected),
        Next::Break(request_id) => {
            connection.phase = Phase::Breaking(Box::new(Breaking::new(driver.now(), request_id)));
            return Flow::Wait;
        }
        Next::Cut => {
            connection.peer.reset();
            return Flow::Close;
        }
    };
    Flow::Go
}
