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
    workers::{
        driver::Driver,
        flow::Flow,
        steps::{
            finish,
            live::{self, Progress},
        },
    },
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
    let mut outgoing = Outgoing::new(bytes, start, answer, endings, patience, driver.now());
    outgoing.measures = driver.kit.endings.measures.take();
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
    mut outgoing: Outgoing,
) -> Flow {
    driver.kit.endings.measures.extend(outgoing.measures.take());
    live::close(driver, &mut outgoing);
    let (_, _, endings) = outgoing.into_parts();
    driver.kit.endings.extend(endings);
    finish::begin(driver, connection, Next::Cut, End::TimedOut)
}

fn send(driver: &mut Driver<'_>, connection: &mut Connection, mut outgoing: Box<Outgoing>) -> Flow {
    let result = loop {
        break match outgoing.send(&connection.peer, driver.now()) {
            Ok(Sent::Blocked) if live::is_left(connection, &mut outgoing) => {
                Err((Some(Next::Cut), End::Disconnected))
            }
            Ok(Sent::Blocked) => Ok(Flow::Wait),
            Ok(Sent::Some) => Ok(Flow::Yield),
            Ok(Sent::All) => Err((None, End::Complete)),
            Ok(Sent::Dry) => match live::go_on(driver, connection, &mut outgoing) {
                Progress::More => continue,
                Progress::Wait => Ok(Flow::Wait),
                Progress::Yield => Ok(Flow::Yield),
                Progress::Left => Err((Some(Next::Cut), End::Disconnected)),
                Progress::Broken => Err((None, End::Failed)),
            },
            Err(end) => Err((Some(Next::Cut), end)),
        };
    };
    let flow = match result {
        Ok(flow) => flow,
        Err(_) if outgoing.may_call() && !driver.tenure.reserve() => {
            live::starve(driver, connection, &mut outgoing);
            Flow::Wait
        }
        Err((cut, end)) => {
            live::close(driver, &mut outgoing);
            driver.kit.endings.measures.extend(outgoing.measures.take());
            let (buffer, next, endings) = outgoing.into_parts();
            driver.kit.out = buffer;
            driver.kit.endings.extend(endings);
            return finish::begin(driver, connection, cut.unwrap_or(next), end);
        }
    };
    finish::run_sent(driver, connection, &mut outgoing);
    connection.phase = Phase::Sending(outgoing);
    flow
}
