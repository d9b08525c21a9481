//! Requests for which there is no thread: they wait in a line, or are refused.

use std::io;

use crate::{
    connections::{
        answer::Answer, connection::Connection, next::Next, partial::Partial, phase::Phase,
    },
    counting::reason::ConnectionReason,
    loops::notice::Notice,
    requests::{intake::Advance, request::Request},
    responses::refusal::Refusal,
    workers::{
        driver::Driver,
        flow::Flow,
        steps::{receive, refuse, send, spool},
    },
};

/// Has the request of a connection wait for a thread, or what has to come before. If there is no
/// request, or if it may not wait (any longer), returns how the connection goes on instead. Hooks
/// always wait: they have to run.
#[cold]
pub(crate) fn wait(driver: &mut Driver<'_>, connection: &mut Connection) -> Option<Flow> {
    match connection.phase.take() {
        Phase::Receiving if connection.waiting.is_some() && may_wait(driver, connection) => None,
        Phase::Receiving => take_in(driver, connection),
        Phase::Spooling(spooling) if !may_wait(driver, connection) => {
            note(driver, connection);
            let refusal = Refusal::Overloaded;
            Some(spool::refuse(driver, connection, spooling, &refusal))
        }
        Phase::Opening(_) | Phase::Handshaking if !may_wait(driver, connection) => {
            driver
                .recorder()
                .connection_refused(ConnectionReason::Overload);
            note(driver, connection);
            Some(Flow::Close)
        }
        phase => {
            connection.phase = phase;
            None
        }
    }
}

/// Whether a request may wait on, or if it does not wait yet, whether there is a place in the line.
fn may_wait(driver: &Driver<'_>, connection: &mut Connection) -> bool {
    let (shared, now) = (driver.shared(), driver.now());
    match &connection.waiting {
        Some(waiting) => now < waiting.since + shared.config.options.wait_timeout,
        None => {
            connection.waiting = shared.waiting_line.join(now, connection.deadline);
            connection.waiting.is_some()
        }
    }
}

/// Reads what has come of a request, and has it wait or refuses it if that is enough to call an
/// application. What has come of it stays, to be looked at again.
fn take_in(driver: &mut Driver<'_>, connection: &mut Connection) -> Option<Flow> {
    let now = driver.now();
    let mut count = 0;
    if !connection.has_unseen() {
        match connection.peer.read(&mut driver.kit.scratch) {
            Ok(0) => return Some(receive::end(driver, connection)),
            Ok(read) => {
                count = read;
                connection.is_read_up = read < driver.kit.scratch.len();
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                receive::note_record(driver, connection);
                return Some(Flow::Wait);
            }
            Err(_) => return Some(Flow::Close),
        }
    }
    let partial = connection.partial.take();
    let mut partial = partial.unwrap_or_else(|| Box::new(Partial::new(connection.protocol, now)));
    partial
        .bytes
        .extend_from_slice(&driver.kit.scratch[..count]);
    let mut has_passed = false;
    let waits = loop {
        let options = &driver.shared().config.options;
        let out = &mut driver.kit.out;
        let refusal = match partial.intake.advance(&partial.bytes, options, out) {
            Ok(Advance::Partial) => break false,
            Ok(Advance::Passed(length)) => {
                partial.bytes.drain(..length);
                partial.intake.reset();
                partial.restart();
                has_passed = true;
                continue;
            }
            Ok(Advance::Whole(_) | Advance::Streamed) if may_wait(driver, connection) => {
                break true;
            }
            Ok(Advance::Whole(_) | Advance::Streamed) => {
                note(driver, connection);
                Refusal::Overloaded
            }
            Err(rejection) => Refusal::Rejected(rejection),
        };
        let request = Request {
            head: &partial.intake.head,
            bytes: &partial.bytes,
        };
        return Some(refuse::request(driver, connection, request, &refusal));
    };
    if !partial.bytes.is_empty() {
        partial.note(now, waits);
        connection.partial = Some(partial);
    }
    let flow = match has_passed || !driver.kit.out.is_empty() {
        true => send::begin(driver, connection, Answer::whole(Next::Request)),
        false => Flow::Wait, // and an idle connection keeps its deadline
    };
    let is_sent = flow == Flow::Wait && connection.phase.is_receiving();
    if is_sent && waits {
        return None;
    }
    connection.waiting = None;
    // The socket may hold more, for which no event comes.
    Some(if is_sent { Flow::Yield } else { flow })
}

/// Notes that a request is refused, for the line and for the log.
fn note(driver: &mut Driver<'_>, connection: &mut Connection) {
    connection.waiting = None;
    let shared = driver.shared();
    if let Some(untold) = shared.throttles.refused_requests.note(driver.now())
        && let Some(core) = driver.tenure.core()
    {
        core.notify(Notice::Overloaded {
            max_threads: shared.config.options.max_threads,
            refused: untold.count(),
        });
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Write, sync::Arc, time::Duration};

    use super::*;
    use crate::{
        loops::shared::tests::shared,
        peers::{peer::Peer, socket::Socket},
        protocol::Protocol,
    };

    #[test]
    fn empty_lines_leave_an_idle_connection_its_deadline_whether_or_not_a_thread_is_free() {
        let shared = Arc::new(shared(1));
        let mut driver = Driver::new(&shared, 0);
        driver.tenure.begin();
        for is_busy in [false, true] {
            let (socket, mut client) = Socket::pair();
            let peer = Arc::new(Peer::new(socket, None, None));
            let parking = &mut driver.tenure.core().expect("the loop").parking;
            let (key, lookout) = (parking.next_key(), &shared.lookouts[0]);
            let now = driver.now();
            let mut connection = Connection::new(key, Protocol::Http, peer, lookout, now);
            let deadline = Some(now + Duration::from_secs(1));
            connection.deadline = deadline;
            let mut send = |piece: &str| {
                client.write_all(piece.as_bytes()).unwrap();
                match is_busy {
                    true => wait(&mut driver, &mut connection),
                    false => Some(receive::go_on(&mut driver, &mut connection)),
                };
                let next = connection.next_deadline(&shared.config.options, now);
                (connection.is_idle(), next)
            };
            for piece in ["\r", "\n\r", "\n", "\r"] {
                assert_eq!(send(piece), (true, deadline), "busy: {is_busy}");
            }
            let (is_idle, next) = send("\r"); // nothing that may precede a request
            assert!(!is_idle && next != deadline, "busy: {is_busy}");
        }
    }
}
