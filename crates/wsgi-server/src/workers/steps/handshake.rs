//! The TLS handshake, before the first request.

use std::io;

use crate::{
    connections::{connection::Connection, lingering::Expected, partial::Partial, phase::Phase},
    guarded::guarded,
    loops::reason::Reason,
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
            Ok(true) if channel.is_open() => {
                let version = channel.variable("SSL_PROTOCOL");
                driver
                    .recorder()
                    .handshake_done(version, channel.is_resumed());
                return begin(connection);
            }
            Ok(true) => {}
            Ok(false) => return wait(connection, Flow::Wait),
            Err(_) => return fail(driver, channel),
        }
        match channel.receive(socket) {
            Ok(Received::Partial) => return wait(connection, Flow::Wait),
            Ok(Received::Record) => {}
            Ok(Received::Clear) => return refuse_clear(driver, connection, channel),
            Ok(Received::End) => return fail(driver, channel),
            Err(error) => {
                if error.kind() == io::ErrorKind::InvalidData {
                    log(driver, connection, &error);
                }
                return fail(driver, channel);
            }
        }
        // The certificate's resolver is the program's own code, and a signature takes long.
        let mut result = Err(io::Error::other("the resolver of certificates panicked"));
        driver.run_foreign(|_| guarded(|| result = channel.advance()));
        if let Err(error) = result {
            count_failure(driver, channel);
            let _ = channel.flush(socket); // the alert
            channel.give_up();
            log(driver, connection, &error);
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

/// Ends a handshake that takes too long.
pub(super) fn expire(driver: &Driver<'_>, connection: &Connection) -> Flow {
    match connection.peer.channel() {
        Some((channel, _)) => fail(driver, channel),
        None => Flow::Close,
    }
}

fn fail(driver: &Driver<'_>, channel: &Channel) -> Flow {
    count_failure(driver, channel);
    Flow::Close
}

/// Counts a handshake that has failed, if the client had begun it.
fn count_failure(driver: &Driver<'_>, channel: &Channel) {
    if channel.has_begun() {
        driver.recorder().handshake_failed();
    }
}

fn wait(connection: &mut Connection, flow: Flow) -> Flow {
    connection.phase = Phase::Handshaking;
    flow
}

/// Writes to the log why a handshake failed, unless it was not long ago that one did.
fn log(driver: &mut Driver<'_>, connection: &Connection, error: &io::Error) {
    let shared = driver.shared();
    let Some(untold) = shared.throttles.failed_handshakes.note(driver.now()) else {
        return;
    };
    let client = connection.client();
    let print = || {
        let reason = Reason(error);
        shared.config.errors.notice(format_args!(
            "TLS: the handshake of {client} failed{untold}: {reason}"
        ));
    };
    driver.run_foreign(|_| guarded(print));
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
