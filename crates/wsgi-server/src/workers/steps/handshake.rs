//! The TLS handshake, before the first request.

use crate::{
    connections::{connection::Connection, lingering::Expected, partial::Partial, phase::Phase},
    guarded::guarded,
    peers::channel::{Channel, Received},
    requests::request::Request,
    responses::refusal::Refusal,
    workers::{
        driver::Driver,
        flow::Flow,
        steps::{linger, refuse},
    },
};

/// Goes on with the handshake, as far as the client has sent its part.
pub(super) fn go_on(driver: &mut Driver<'_>, connection: &mut Connection) -> Flow {
    let peer = connection.peer.clone();
    let Some((channel, socket)) = peer.channel() else {
        return Flow::Go; // it is receiving
    };
    loop {
        match channel.flush(socket) {
            Ok(true) if channel.is_open() => return begin(connection),
            Ok(true) => {}
            Ok(false) => return wait(connection, Flow::Wait),
            Err(_) => return Flow::Close,
        }
        match channel.receive(socket) {
            Ok(Received::Partial) => return wait(connection, Flow::Wait),
            Ok(Received::Record) => {}
            Ok(Received::Clear) => return refuse_clear(driver, connection, channel),
            Ok(Received::End) | Err(_) => return Flow::Close,
        }
        // The certificate's resolver is the program's own code, and a signature takes long.
        let mut result = Err(());
        driver.run_foreign(|_| guarded(|| result = channel.advance().map_err(drop)));
        if result.is_err() {
            let _ = channel.flush(socket); // the alert
            channel.give_up();
            return linger::begin(driver, connection, Expected::Request);
        }
        if !driver.take_step() {
            return wait(connection, Flow::Yield);
        }
    }
}

/// Goes on with the first request.
fn begin(connection: &mut Connection) -> Flow {
    connection.deadline = None;
    connection.phase = Phase::Receiving;
    Flow::Go
}

fn wait(connection: &mut Connection, flow: Flow) -> Flow {
    connection.phase = Phase::Handshaking;
    flow
}

/// Answers a client that sends a request in clear.
fn refuse_clear(driver: &mut Driver<'_>, connection: &mut Connection, channel: &Channel) -> Flow {
    let bytes = channel.give_up();
    let partial = Partial::new(connection.protocol, driver.now());
    let request = Request {
        head: &partial.intake.head,
        bytes: &bytes,
    };
    refuse::request(driver, connection, request, &Refusal::InClear)
}
