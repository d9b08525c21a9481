//! Running the hooks of a request, after its response.

use wsgi_environ::End;

use crate::{
    connections::{
        connection::Connection, finishing::Finishing, next::Next, outgoing::Outgoing, phase::Phase,
    },
    workers::{driver::Driver, flow::Flow, steps::next},
};

/// Goes on after responses, the last of which came to its `end`: to what is next, as soon as the
/// hooks have run.
#[inline(always)] // as a call would make the way of every measured request longer
pub(super) fn begin(
    driver: &mut Driver<'_>,
    connection: &mut Connection,
    next: Next,
    end: End,
) -> Flow {
    let endings = &mut driver.kit.endings;
    endings.measures.end(end, connection.peer.position());
    if endings.is_empty() {
        return next::go_to(driver, connection, next);
    }
    end_with_hooks(driver, connection, next, end)
}

#[inline(never)] // as that would make the way to the next request longer
fn end_with_hooks(
    driver: &mut Driver<'_>,
    connection: &mut Connection,
    next: Next,
    end: End,
) -> Flow {
    driver.kit.endings.end(end);
    if driver.tenure.reserve() {
        driver.run_foreign(|kit| kit.endings.run_hooks());
        return next::go_to(driver, connection, next);
    }
    if matches!(next, Next::Cut) {
        connection.peer.cut(); // the client need not wait for that
    }
    let endings = driver.kit.endings.take();
    connection.phase = Phase::Finishing(Box::new(Finishing { endings, next }));
    if let Some(core) = driver.tenure.core() {
        core.parking.starve(connection.key);
    }
    Flow::Wait
}

/// Runs the hooks that waited for a thread.
pub(super) fn go_on(
    driver: &mut Driver<'_>,
    connection: &mut Connection,
    finishing: Finishing,
) -> Flow {
    let Finishing { endings, next } = finishing;
    driver.kit.endings.extend(endings);
    driver.run_foreign(|kit| kit.endings.run_hooks());
    let flow = next::go_to(driver, connection, next);
    flow.after_response(connection)
}

/// Runs the hooks of the first responses, which the client has taken while it is slow to take the
/// last. If no thread is free for that, they wait for the last.
pub(super) fn run_sent(driver: &mut Driver<'_>, connection: &Connection, outgoing: &mut Outgoing) {
    outgoing.measures.end_sent(connection.peer.position());
    let mut sent = outgoing.take_sent().peekable();
    if sent.peek().is_none() {
        return;
    }
    driver.kit.endings.extend(sent);
    driver.kit.endings.end(End::Complete);
    match driver.tenure.reserve() {
        true => driver.run_foreign(|kit| kit.endings.run_hooks()),
        false => outgoing.put_back(driver.kit.endings.take()),
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::Read,
        os::unix::net::UnixStream,
        sync::{Arc, Mutex, mpsc},
        time::SystemTime,
    };

    use wsgi_environ::{Environ, Outcome};

    use super::*;
    use crate::{
        connections::{answer::Answer, outgoing::Outgoing},
        instant::Instant,
        loops::{
            shared::{
                Shared,
                tests::{shared, shared_with},
            },
            slots::Slots,
            stage::Stage,
        },
        options::Options,
        peers::{patience::Patience, peer::Peer, socket::Socket},
        protocol::Protocol,
        responses::ending::{Began, Ending, Made},
        workers::{steps::send, turn, worker::Worker},
    };

    /// A connection that still sends a response, what its hook is told, and its client.
    fn sending(shared: &Arc<Shared>) -> (Box<Connection>, mpsc::Receiver<Outcome>, UnixStream) {
        let (socket, theirs) = Socket::pair();
        let peer = Arc::new(Peer::new(socket, None, None));
        let (report, reports) = mpsc::channel();
        let report = Mutex::new(report);
        let mut environ = Box::new(Environ::new());
        let running = Arc::downgrade(shared);
        environ.on_finished(move |_, outcome| {
            let shared = running.upgrade().expect("a server");
            assert!(shared.loops[0].try_lock().is_some(), "the loop is held");
            report.lock().unwrap().send(*outcome).unwrap();
        });
        let now = Instant::now();
        let patience = Patience::with_write(&shared.config.options);
        let made = Made {
            end: End::Complete,
            status: Some(200),
            body_bytes: 9,
            body_position: 0,
            end_position: Some(9),
            ended_at: None,
        };
        let began = Began {
            position: 0,
            at: now,
            time: SystemTime::now(),
        };
        let endings = vec![Ending::new(environ, peer.clone(), began, made)];
        let answer = Answer::whole(Next::Request);
        let outgoing = Outgoing::new(vec![0; 9], 0, answer, endings, patience, now);
        let key = Slots::default().next_key();
        let lookout = &shared.lookouts[0];
        let mut connection = Box::new(Connection::new(key, Protocol::Http, peer, lookout, now));
        connection.phase = Phase::Sending(Box::new(outgoing));
        (connection, reports, theirs)
    }

    #[test]
    fn a_client_that_is_too_slow_is_cut_before_its_hooks_have_a_thread() {
        let shared = Arc::new(shared_with(Options {
            max_threads: 1,
            ..Options::new()
        }));
        let mut driver = Driver::new(&shared, 0);
        driver.tenure.begin();
        let (mut connection, reports, mut client) = sending(&shared);
        let Phase::Sending(outgoing) = connection.phase.take() else {
            panic!("a response")
        };
        let flow = send::expire(&mut driver, &mut connection, outgoing);
        assert_eq!(flow, Flow::Wait);
        assert_eq!(reports.try_recv(), Err(mpsc::TryRecvError::Empty));
        client.set_nonblocking(true).unwrap();
        assert_eq!(client.read(&mut [0]).unwrap(), 0, "the end");

        drop(driver.tenure.end());
        drop(connection);
        assert_eq!(reports.try_recv().unwrap().end(), End::TimedOut);
    }

    /// An end of a connection that the loop has no place for.
    type Way = fn(&Arc<Shared>, Box<Connection>);

    #[test]
    fn hooks_run_once_wherever_a_connection_ends() {
        let rows: [(&str, Way); 5] = [
            ("it is dropped", |_, connection| drop(connection)),
            (
                "its loop ends before it comes back",
                |shared, connection| {
                    Worker::new(shared, 0).run();
                    turn::park(&mut Driver::new(shared, 0), connection);
                },
            ),
            ("it came back before its loop ends", |shared, connection| {
                turn::park(&mut Driver::new(shared, 0), connection);
                Worker::new(shared, 0).run();
            }),
            ("it comes back while its loop ends", |shared, connection| {
                turn::park(&mut Driver::new(shared, 0), connection);
                drop(shared.loops[0].close());
            }),
            (
                "its thread takes the loop back that cut it",
                |shared, connection| {
                    let mut driver = Driver::new(shared, 0);
                    driver.tenure.begin();
                    turn::park(&mut driver, connection);
                    assert!(driver.tenure.is_owner());
                },
            ),
        ];
        for (name, end) in rows {
            let shared = Arc::new(shared(1));
            shared.advance(Stage::Cutting);
            shared.spares.close();
            let (connection, reports, _client) = sending(&shared);
            end(&shared, connection);
            let outcome = reports.try_recv().expect(name);
            assert_eq!(outcome.end(), End::Aborted, "{name}");
            let again = reports.try_recv();
            assert_eq!(again, Err(mpsc::TryRecvError::Disconnected), "{name}");
        }
    }
}
