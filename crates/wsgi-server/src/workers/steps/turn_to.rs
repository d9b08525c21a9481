//! Turning to what follows a response.

use crate::{
    connections::{
        breaking::Breaking, connection::Connection, lingering::Expected, next::Next, phase::Phase,
    },
    workers::{driver::Driver, flow::Flow, steps::linger},
};

/// Takes a connection to its next phase, or to its end.
pub(super) fn next(driver: &Driver<'_>, connection: &mut Connection, next: Next) -> Flow {
    connection.deadline = None;
    connection.phase = match next {
        Next::Request => {
            connection.phase = Phase::Receiving;
            return Flow::Wait;
        }
        Next::Drain(draining) => {
            let options = &driver.shared().config.options;
            connection.deadline = Some(driver.now() + options.body_timeout);
            Phase::Draining(draining)
        }
        Next::Spool(spooling) => Phase::Spooling(spooling),
        Next::End => return linger::begin(driver, connection, Expected::Nothing),
        Next::Close => return linger::begin(driver, connection, Expected::Request),
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
