//! Running the hooks of a request, after its response.

use crate::{
    connections::{connection::Connection, finishing::Finishing, next::Next, phase::Phase},
    workers::{driver::Driver, flow::Flow, steps::next},
};

/// Goes on after a response that was `sent`, or never will be: to what is next, as soon as the
/// hooks have run.
pub(super) fn begin(
    driver: &mut Driver<'_>,
    connection: &mut Connection,
    next: Next,
    finishing: Option<Box<Finishing>>,
    sent: bool,
) -> Flow {
    let Some(mut finishing) = finishing else {
        return next::go_to(driver, connection, next);
    };
    finishing.end(sent, next);
    if driver.tenure.reserve() {
        return run_hooks(driver, connection, *finishing);
    }
    connection.phase = Phase::Finishing(finishing);
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
    let flow = run_hooks(driver, connection, finishing);
    flow.after_response(connection)
}

fn run_hooks(driver: &mut Driver<'_>, connection: &mut Connection, finishing: Finishing) -> Flow {
    let (next, environ) = driver.run_foreign(|_| finishing.run());
    driver.kit.environ = environ;
    next::go_to(driver, connection, next)
}

#[cfg(test)]
mod tests {
    use std::{
        os::unix::net::UnixStream,
        sync::{Arc, Mutex, mpsc},
        time::Instant,
    };

    use wsgi_environ::{Environ, Outcome};

    use super::*;
    use crate::{
        connections::{
            answer::Answer,
            finishing::{Began, Made},
            lingering::Expected,
            outgoing::Outgoing,
        },
        loops::{
            shared::{Shared, Stage, tests::shared},
            slots::Slots,
        },
        peers::{patience::Patience, peer::Peer, socket::Socket},
        protocol::Protocol,
        workers::{turn, worker::Worker},
    };

    /// A connection that still sends a response, what its hook is told, and its client.
    fn sending(
        shared: &Arc<Shared>,
        made: bool,
    ) -> (Box<Connection>, mpsc::Receiver<Outcome>, UnixStream) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let socket = Socket::Unix(mio::net::UnixStream::from_std(ours));
        let peer = Arc::new(Peer::new(socket, None, None));
        let (report, reports) = mpsc::channel();
        let report = Mutex::new(report);
        let mut environ = Environ::new();
        let running = Arc::downgrade(shared);
        environ.on_finished(move |_, outcome| {
            let shared = running.upgrade().expect("a server");
            assert!(shared.loops[0].try_lock().is_some(), "the loop is held");
            report.lock().unwrap().send(*outcome).unwrap();
        });
        let now = Instant::now();
        let patience = Patience::with_write(&shared.config.options);
        let made = Made {
            complete: made,
            status: Some(200),
            body_bytes: 9,
        };
        let began = Began {
            position: 0,
            at: now,
        };
        let finishing = Finishing::new(environ, peer.clone(), began, made);
        let answer = Answer {
            finishing: Some(Box::new(finishing)),
            ..Answer::whole(Next::Request)
        };
        let outgoing = Outgoing::new(vec![0; 9], 0, answer, patience, now);
        let key = Slots::default().next_key();
        let mut connection = Box::new(Connection::new(key, Protocol::Http, peer, now));
        connection.phase = Phase::Sending(Box::new(outgoing));
        (connection, reports, theirs)
    }

    /// An end of a connection that the loop has no place for.
    type End = fn(&Arc<Shared>, Box<Connection>);

    #[test]
    fn hooks_run_once_wherever_a_connection_ends() {
        let rows: [(&str, End); 5] = [
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
            let (connection, reports, _client) = sending(&shared, true);
            end(&shared, connection);
            let outcome = reports.try_recv().expect(name);
            assert!(!outcome.complete, "{name}");
            let again = reports.try_recv();
            assert_eq!(again, Err(mpsc::TryRecvError::Disconnected), "{name}");
        }
    }

    #[test]
    fn what_hooks_are_told_is_how_the_response_ended() {
        let shared = Arc::new(shared(1));
        for (made, sent, complete) in [
            (true, true, true),
            (true, false, false),
            (false, true, false),
        ] {
            let (connection, reports, _client) = sending(&shared, made);
            let Phase::Sending(outgoing) = connection.phase else {
                panic!("it sends")
            };
            let mut finishing = outgoing.into_parts().2.expect("hooks");
            connection.peer.write(b"hello").unwrap();
            finishing.end(sent, Next::Linger(Expected::Request));
            connection.peer.write(b"of the next").unwrap();
            let (next, environ) = finishing.run();
            assert!(matches!(next, Next::Linger(Expected::Request)) && !environ.has_hooks());
            let outcome = reports.try_recv().unwrap();
            assert_eq!((outcome.bytes_sent, outcome.complete), (5, complete));
            assert_eq!(outcome.status, Some(200));
            let body = if complete { 9 } else { 5 };
            assert_eq!(outcome.body_bytes, body, "what does not fit is not told");
        }
    }
}
