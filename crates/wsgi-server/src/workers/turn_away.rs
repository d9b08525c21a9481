//! Answering a client whose address has too many connections.

use std::io;

use crate::{
    connections::connection::Connection,
    loops::acceptor::Arrival,
    protocol::Protocol,
    requests::{head::Head, request::Request},
    responses::refusal::Refusal,
    workers::kit::Kit,
};

/// Answers a client that does not become a connection.
pub(crate) fn arrival(kit: &mut Kit, arrival: &Arrival) {
    if arrival.protocol == Protocol::Http && arrival.channel.is_none() {
        let socket = &arrival.socket;
        answer(
            kit,
            |buffer| socket.read(buffer),
            |bytes| socket.write(bytes),
        );
    }
}

/// Answers a client that a proxy has named. Its connection must be closed.
pub(crate) fn named_client(kit: &mut Kit, connection: &Connection) {
    if connection.protocol == Protocol::Http && !connection.peer.is_secure() {
        let peer = &connection.peer;
        answer(kit, |buffer| peer.read(buffer), |bytes| peer.write(bytes));
    }
}

/// Answers a client in a way that costs nothing which would last, so nothing is waited for: a
/// client whose request is on its way may see a reset instead of the answer. Over TLS, an answer
/// would cost a handshake, so there is none.
fn answer(
    kit: &mut Kit,
    read: impl FnOnce(&mut [u8]) -> io::Result<usize>,
    write: impl FnOnce(&[u8]) -> io::Result<usize>,
) {
    // What is not read before the end is answered by a reset.
    let count = read(&mut kit.scratch).unwrap_or(0);
    let request = Request {
        head: &Head::new(Protocol::Http),
        bytes: &kit.scratch[..count],
    };
    Refusal::TooManyConnections.write(&mut kit.out, request, &kit.clock);
    let _ = write(&kit.out); // best effort
    kit.out.clear();
}
