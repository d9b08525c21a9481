//! Sending responses, as far as clients take them.

use std::io;

use wsgi_environ::End;

use crate::{
    connections::{
        answer::Answer,
        connection::Connection,
        next::Next,
        outgoing::{Outgoing, Sent},
        phase::Phase,
    },
    peers::patience::Patience,
    workers::{driver::Driver, flow::Flow, steps::finish},
};

/// Sends the thread's buffer and the rest of an answer, and goes on to what is next once the
/// client has taken them.
pub(super) fn begin(driver: &mut Driver<'_>, connection: &mut Connection, answer: Answer) -> Flow {
    let Answer { tail, next } = answer;
    let out = &mut driver.kit.out;
    let mut start = 0;
    if tail.is_none() {
        if out.is_empty() {
            driver.kit.out_end = None;
            let end = match next {
                Next::Cut => End::Disconnected,
                _ => End::Complete,
            };
            return finish::begin(driver, connection, next, end);
        }
        // Nearly every response leaves in one write.
        match connection.peer.write(out) {
            Ok(count) if count == out.len() => {
                out.clear();
                driver.kit.out_end = None;
                return finish::begin(driver, connection, next, End::Complete);
            }
            Ok(count) => start = count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => {
                out.clear();
                driver.kit.out_end = None;
                return finish::begin(driver, connection, Next::Cut, End::Disconnected);
            }
        }
    }
    let bytes = std::mem::take(out);
    let answer = Answer { tail, next };
    let endings = driver.kit.endings.take();
    let mut patience = Patience::with_write(&driver.shared().config.options);
    patience.until(driver.kit.out_end.take());
    let outgoing = Outgoing::new(bytes, start, answer, endings, patience, driver.now());
    send(driver, connection, Box::new(outgoing))
}

/// Sends more of a response that the client is slow to take.
pub(super) fn go_on(
    driver: &mut Driver<'_>,
    connection: &mut Connection,
    outgoing: Box<Outgoing>,
) -> Flow {
    let flow = send(driver, connection, outgoing);
    flow.after_response(connection)
}

/// Ends a response that the client takes too slowly.
pub(super) fn expire(
    driver: &mut Driver<'_>,
    connection: &mut Connection,
    outgoing: Outgoing,
) -> Flow {
    let (_, _, endings) = outgoing.into_parts();
    driver.kit.endings.extend(endings);
    finish::begin(driver, connection, Next::Cut, End::TimedOut)
}

fn send(driver: &mut Driver<'_>, connection: &mut Connection, mut outgoing: Box<Outgoing>) -> Flow {
    let sent = outgoing.send(&connection.peer, driver.now());
    let flow = match sent {
        Ok(Sent::Blocked) => Flow::Wait,
        Ok(Sent::Some) => Flow::Yield,
        Ok(Sent::All) | Err(_) => {
            let (buffer, next, endings) = outgoing.into_parts();
            driver.kit.out = buffer;
            driver.kit.endings.extend(endings);
            let (next, end) = match sent {
                Ok(_) => (next, End::Complete),
                Err(end) => (Next::Cut, end),
            };
            return finish::begin(driver, connection, next, end);
        }
    };
    finish::run_sent(driver, &mut outgoing);
    connection.phase = Phase::Sending(outgoing);
    flow
}
