//! The end of a request: its hooks, which run once whatever becomes of it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Instant,
};

use wsgi_environ::{Environ, Outcome};

use crate::connections::{next::Next, peer::Peer};

/// A request whose hooks wait for the end of its response. Should it be dropped
/// before they ran, they run then.
#[derive(Debug)]
pub(crate) struct Finishing {
    environ: Environ,
    peer: Arc<Peer>,
    /// Where the response starts, in all that the connection sent.
    position: u64,
    since: Instant,
    /// Whether the application made all of the response.
    made: bool,
    outcome: Option<Outcome>,
    next: Next,
}

impl Finishing {
    /// The end of the request of `environ`, which came at `since` and whose
    /// response starts at `position`.
    pub(crate) fn new(
        environ: Environ,
        peer: Arc<Peer>,
        (position, since): (u64, Instant),
        made: bool,
    ) -> Self {
        Finishing {
            environ,
            peer,
            position,
            since,
            made,
            outcome: None,
            next: Next::Cut,
        }
    }

    /// Notes that the response is out, if it was `sent` to its last byte, or
    /// that it never will be; and what is next.
    pub(crate) fn end(&mut self, sent: bool, next: Next) {
        self.outcome = Some(self.outcome(sent));
        self.next = next;
    }

    /// What the hooks are told.
    fn outcome(&self, sent: bool) -> Outcome {
        let complete = self.made && sent;
        let position = if complete {
            self.peer.position()
        } else {
            self.peer.acknowledged()
        };
        Outcome::new(
            position.saturating_sub(self.position),
            complete,
            self.since.elapsed(),
        )
    }

    /// Runs the hooks. Gives what is next, and the environ for another request.
    pub(crate) fn run(mut self) -> (Next, Environ) {
        self.run_hooks();
        let next = std::mem::replace(&mut self.next, Next::Cut);
        (next, std::mem::take(&mut self.environ))
    }

    /// Whether the client waits for what it will never have.
    pub(crate) fn is_cut(&self) -> bool {
        matches!(self.next, Next::Cut)
    }

    fn run_hooks(&mut self) {
        let outcome = self.outcome.take();
        let outcome = outcome.unwrap_or_else(|| self.outcome(false));
        wsgi_gateway::finished(&mut self.environ, &outcome);
        forget(&mut self.environ);
    }
}

impl Drop for Finishing {
    fn drop(&mut self) {
        if self.environ.has_hooks() {
            self.run_hooks();
        }
    }
}

/// Drops what the application left in the environ, which may panic.
pub(crate) fn forget(environ: &mut Environ) {
    if catch_unwind(AssertUnwindSafe(|| environ.clear())).is_err() {
        // What is left of it may panic again.
        std::mem::forget(std::mem::take(environ));
    }
}

#[cfg(test)]
mod tests {
    use std::{
        os::unix::net::UnixStream,
        sync::{Mutex, mpsc},
    };

    use super::*;
    use crate::{
        connections::{
            connection::{Connection, Phase},
            outgoing::Outgoing,
            patience::Patience,
            socket::Socket,
        },
        loops::{
            shared::{Shared, Stage, tests::shared},
            slots::Slots,
            worker::Worker,
        },
        protocol::Protocol,
    };

    /// A connection that still sends a response, what its hook is told, and its client.
    fn sending(shared: &Arc<Shared>) -> (Box<Connection>, mpsc::Receiver<Outcome>, UnixStream) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let socket = Socket::Unix(mio::net::UnixStream::from_std(ours));
        let peer = Arc::new(Peer::new(socket, None));
        let (report, reports) = mpsc::channel();
        let report = Mutex::new(report);
        let mut environ = Environ::new();
        let running = Arc::downgrade(shared);
        environ.on_finished(move |_, outcome| {
            let shared = running.upgrade().expect("a server");
            assert!(shared.loops[0].rejoin().is_some(), "the loop is held");
            report.lock().unwrap().send(*outcome).unwrap();
        });
        let now = Instant::now();
        let patience = Patience::with_write(&shared.config.options);
        let mut outgoing = Outgoing::new((vec![0; 9], 0), None, Next::Request, patience, now);
        let finishing = Finishing::new(environ, peer.clone(), (0, now), true);
        outgoing.finishing = Some(Box::new(finishing));
        let key = Slots::default().next_key();
        let mut connection = Box::new(Connection::new(key, Protocol::Http, peer));
        connection.phase = Phase::Sending(Box::new(outgoing));
        (connection, reports, theirs)
    }

    /// What becomes of a connection that the loop has no place for.
    type End = fn(&Arc<Shared>, Box<Connection>);

    #[test]
    fn hooks_run_once_wherever_a_connection_ends() {
        let rows: [(&str, End); 5] = [
            ("it is dropped", |_, connection| drop(connection)),
            (
                "its loop ends before it comes back",
                |shared, connection| {
                    Worker::new(shared, 0).run();
                    Worker::new(shared, 0).park(connection);
                },
            ),
            ("it came back before its loop ends", |shared, connection| {
                Worker::new(shared, 0).park(connection);
                Worker::new(shared, 0).run();
            }),
            ("it comes back while its loop ends", |shared, connection| {
                Worker::new(shared, 0).park(connection);
                drop(shared.loops[0].close());
            }),
            (
                "its thread takes the loop back that cut it",
                |shared, connection| {
                    let mut worker = Worker::new(shared, 0);
                    worker.core = Some(shared.loops[0].begin());
                    worker.park(connection);
                    assert!(worker.is_owner());
                },
            ),
        ];
        for (name, end) in rows {
            let shared = Arc::new(shared(1));
            shared.advance(Stage::Cutting);
            shared.crew.close();
            let (connection, reports, _client) = sending(&shared);
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
            let (connection, reports, _client) = sending(&shared);
            let Phase::Sending(outgoing) = connection.phase else {
                panic!("it sends")
            };
            let mut finishing = outgoing.into_parts().2.expect("hooks");
            finishing.made = made;
            connection.peer.write(b"hello").unwrap();
            finishing.end(sent, Next::Close);
            connection.peer.write(b"of the next").unwrap();
            let (next, environ) = finishing.run();
            assert!(matches!(next, Next::Close) && !environ.has_hooks());
            let outcome = reports.try_recv().unwrap();
            assert_eq!((outcome.bytes_sent, outcome.complete), (5, complete));
        }
    }
}
