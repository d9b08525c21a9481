//! The header of the PROXY protocol, before everything else.

use std::{mem, net::IpAddr};

use crate::{
    connections::{
        connection::Connection,
        opening::{Obstacle, Opening, Progress},
        phase::Phase,
    },
    counting::reason::ConnectionReason,
    guarded::guarded,
    workers::{driver::Driver, flow::Flow, turn_away},
};

/// Reads the header as far as it has come. If it is complete, the connection goes on as if its
/// client had connected just now.
pub(super) fn go_on(
    driver: &mut Driver<'_>,
    connection: &mut Connection,
    mut opening: Box<Opening>,
) -> Flow {
    if !opening.is_trusted() {
        return close(driver, &opening, &Obstacle::Untrusted);
    }
    let mut scratch = mem::take(&mut driver.kit.scratch);
    let result = opening.receive(&connection.peer, &mut scratch);
    driver.kit.scratch = scratch;
    match result {
        Ok(Progress::Complete(client)) => {
            let address = client.as_ref().and_then(|client| client.ip());
            let lookout = &driver.shared().lookouts[driver.tenure.index()];
            connection.open(client, lookout);
            match address {
                Some(address) if !take_place(driver, connection, address) => Flow::Close,
                _ => Flow::Go,
            }
        }
        Ok(Progress::Partial) => {
            connection.phase = Phase::Opening(opening);
            Flow::Wait
        }
        Err(obstacle) => close(driver, &opening, &obstacle),
    }
}

/// Takes a place for a client among the connections of its address, if these are limited. If there
/// is none, answers it and returns false.
fn take_place(driver: &mut Driver<'_>, connection: &mut Connection, address: IpAddr) -> bool {
    let shared = driver.shared();
    let limit = shared.address_limit.as_ref();
    let Some(limit) = limit.filter(|_| !connection.protocol.is_gateway()) else {
        return true;
    };
    connection.place = limit.take(address);
    if connection.place.is_none() {
        let reason = ConnectionReason::AddressLimit;
        driver.recorder().connection_refused(reason);
        turn_away::named_client(&mut driver.kit, connection);
        if let Some(core) = driver.tenure.core() {
            shared.note_turned_away(core);
        }
    }
    connection.place.is_some()
}

/// Closes a connection whose header is late.
pub(super) fn expire(driver: &mut Driver<'_>, opening: &Opening) -> Flow {
    close(driver, opening, &Obstacle::TimedOut)
}

/// Closes a connection without an answer, and writes to the log why, unless it was not long ago
/// that another one was closed.
fn close(driver: &mut Driver<'_>, opening: &Opening, obstacle: &Obstacle) -> Flow {
    let reason = ConnectionReason::ProxyProtocol;
    driver.recorder().connection_refused(reason);
    let shared = driver.shared();
    if opening.is_news(obstacle)
        && driver.tenure.reserve()
        && let Some(untold) = shared.throttles.refused_headers.note(driver.now())
    {
        let (peer, errors) = (opening.peer(), &shared.config.errors);
        let print = || {
            errors.notice(format_args!(
                "PROXY protocol: the connection from {peer} was refused{untold}: {obstacle}"
            ));
        };
        driver.run_foreign(|_| guarded(print));
    }
    Flow::Close
}
