//! Ending the server's side of a connection, and waiting for its client's.

use std::io;

use crate::{
    connections::{
        connection::Connection,
        lingering::{Expected, Lingering},
        next::Next,
        outgoing::Outgoing,
        phase::Phase,
    },
    loops::shared::Shared,
    options::MAX_STEPS,
    requests::request::Request,
    workers::{driver::Driver, flow::Flow},
};

/// The bytes that may still come after a request whose response is the last.
#[cold]
pub(super) fn after_the_last(
    shared: &Shared,
    connection: &Connection,
    request: Request<'_>,
) -> Expected {
    let Request { head, bytes } = request;
    // More records of TLS may have come than were opened. At the end of the process, what the
    // client has not acknowledged could be lost with its network.
    let is_silent = connection.is_read_up
        && head.is_last(bytes)
        && !connection.peer.is_secure()
        && shared.is_serving();
    match is_silent {
        true => Expected::Silence,
        false => Expected::Nothing,
    }
}

/// Ends the server's side of a connection, and all of it if nothing has to be waited for.
pub(crate) fn begin(driver: &Driver<'_>, connection: &mut Connection, expected: Expected) -> Flow {
    connection.partial = None;
    if !connection.peer.say_goodbye() {
        let options = &driver.shared().config.options;
        let outgoing = Outgoing::of_channel(Next::Linger(expected), options, driver.now());
        connection.phase = Phase::Sending(Box::new(outgoing));
        return Flow::Wait;
    }
    let is_over = match expected {
        Expected::Silence => true,
        Expected::Nothing => connection.peer.is_quiet(),
        Expected::Request => false,
    };
    if is_over {
        return Flow::Close;
    }
    connection.peer.finish();
    connection.phase = Phase::Lingering(Box::new(Lingering::new(driver.now(), expected)));
    Flow::Go
}

/// Throws away what has come since the server's side ended. If it is too much, the rest is not
/// read, and the connection ends once the client has the whole response.
pub(super) fn go_on(
    driver: &mut Driver<'_>,
    connection: &mut Connection,
    mut lingering: Box<Lingering>,
) -> Flow {
    for _ in 0..MAX_STEPS {
        if lingering.is_full() {
            if connection.peer.has_received_all() {
                return Flow::Close;
            }
            connection.phase = Phase::Lingering(lingering);
            return Flow::Wait;
        }
        match connection.peer.read(&mut driver.kit.scratch) {
            Ok(count) if count > 0 => lingering.discard(count, driver.now()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                if lingering.ends_with_the_response() && connection.peer.is_quiet() {
                    return Flow::Close;
                }
                connection.phase = Phase::Lingering(lingering);
                return Flow::Wait;
            }
            _ => return Flow::Close,
        }
    }
    connection.phase = Phase::Lingering(lingering);
    Flow::Yield
}

/// Looks whether the client has received everything, until the time is up.
pub(super) fn expire(
    driver: &Driver<'_>,
    connection: &mut Connection,
    mut lingering: Box<Lingering>,
) -> Flow {
    if !lingering.go_on(driver.now()) {
        return Flow::Close;
    }
    connection.phase = Phase::Lingering(lingering);
    Flow::Go
}

#[cfg(test)]
mod tests {
    use std::{io::Write, sync::Arc};

    use super::*;
    use crate::{
        instant::Instant,
        loops::{shared::tests::shared, slots::Slots},
        peers::{peer::Peer, socket::Socket},
        protocol::Protocol,
    };

    #[test]
    fn only_a_client_that_has_promised_silence_is_left_while_it_sends() {
        let shared = Arc::new(shared(1));
        let driver = Driver::new(&shared, 0);
        for (expected, flow) in [
            (Expected::Silence, Flow::Close),
            (Expected::Nothing, Flow::Go),
            (Expected::Request, Flow::Go),
        ] {
            let (socket, mut client) = Socket::pair();
            client.write_all(b"more").unwrap();
            let peer = Arc::new(Peer::new(socket, None, None));
            let lookout = &shared.lookouts[0];
            let key = Slots::default().next_key();
            let mut connection =
                Connection::new(key, Protocol::Http, peer, lookout, Instant::now());
            assert_eq!(
                begin(&driver, &mut connection, expected),
                flow,
                "{expected:?}"
            );
        }
    }
}
