//! What follows a response: its hooks, the rest of a body, the next request, the end.

use std::io;

use crate::{
    connections::breaking::Breaking,
    connections::connection::{Connection, Partial, Phase},
    connections::finishing::Finishing,
    connections::lingering::Lingering,
    connections::next::{Draining, Next},
    options::{READ_SIZE, TURN},
    requests::{decoder::Decoder, refusal::Refusal},
    workers::{flow::Flow, worker::Worker},
};

impl Worker<'_> {
    /// Turns to what is next after a response that is out, or never will be, as
    /// soon as its hooks have run.
    pub(super) fn conclude(
        &mut self,
        connection: &mut Connection,
        next: Next,
        finishing: Option<Box<Finishing>>,
        sent: bool,
    ) -> Flow {
        let Some(mut finishing) = finishing else {
            return self.turn_to(connection, next);
        };
        finishing.end(sent, next);
        if self.reserve() {
            return self.run_hooks(connection, *finishing);
        }
        connection.phase = Phase::Finishing(finishing);
        if let Some(core) = &mut self.core {
            core.starve(connection.key);
        }
        Flow::Wait
    }

    /// Runs the hooks that had to wait for a thread.
    pub(super) fn finish(&mut self, connection: &mut Connection) -> Flow {
        let Phase::Finishing(finishing) =
            std::mem::replace(&mut connection.phase, Phase::Receiving)
        else {
            return Flow::Go;
        };
        let flow = self.run_hooks(connection, *finishing);
        flow.after_response(connection)
    }

    fn run_hooks(&mut self, connection: &mut Connection, finishing: Finishing) -> Flow {
        let was_owner = self.is_owner();
        self.leave_for_foreign();
        let (next, environ) = finishing.run();
        self.rejoin(was_owner);
        self.kit.environ = environ;
        self.turn_to(connection, next)
    }

    fn turn_to(&mut self, connection: &mut Connection, next: Next) -> Flow {
        connection.deadline = None;
        match next {
            Next::Request => {
                connection.phase = Phase::Receiving;
                Flow::Wait
            }
            Next::Drain(draining) => {
                connection.deadline = Some(self.now + self.shared.config.options.body_timeout);
                connection.phase = Phase::Draining(draining);
                Flow::Go
            }
            Next::Spool(spooling) => {
                connection.phase = Phase::Spooling(spooling);
                Flow::Go
            }
            Next::End => self.start_linger(connection, false),
            Next::Close => self.start_linger(connection, true),
            Next::Break(request_id) => {
                connection.phase = Phase::Breaking(Box::new(Breaking::new(self.now, request_id)));
                Flow::Wait
            }
            Next::Cut => {
                connection.peer.reset();
                Flow::Close
            }
        }
    }

    /// Ends our side of a connection, and all of it where there is nothing to linger
    /// for. More of a request may be `owed`.
    pub(super) fn start_linger(&mut self, connection: &mut Connection, owed: bool) -> Flow {
        connection.partial = None;
        if !owed && connection.peer.is_quiet() {
            return Flow::Close;
        }
        connection.peer.finish();
        connection.phase = Phase::Lingering(Box::new(Lingering::new(self.now, owed)));
        Flow::Go
    }

    /// Waits until a response may break off, unless its peer has left before.
    pub(super) fn wait_to_break(&self, connection: &Connection) -> Flow {
        match &connection.phase {
            Phase::Breaking(breaking) if connection.hangup => {
                breaking.break_off(&connection.peer);
                Flow::Close
            }
            _ => Flow::Wait,
        }
    }

    /// Reads and throws away what the application left of a body.
    pub(super) fn discard(&mut self, connection: &mut Connection) -> Flow {
        let Phase::Draining(draining) = &mut connection.phase else {
            return Flow::Go;
        };
        let Draining {
            decoder,
            allowance,
            raw,
            replies,
        } = &mut **draining;
        let mut used = 0;
        loop {
            while !is_over(decoder) {
                // Also where nothing is left: what is wrong may be told after the last data.
                match decoder.decode(&raw[used..], replies) {
                    Ok(_) if used == raw.len() => break,
                    Ok(decoded) => used += decoded.consumed,
                    Err(rejection) => {
                        self.report(connection.protocol, &Refusal::Rejected(rejection));
                        return self.start_linger(connection, true);
                    }
                }
            }
            if is_over(decoder) {
                let rest = raw.split_off(used);
                self.kit.out.append(replies);
                connection.partial = Partial::of(rest, connection.protocol, self.now);
                let flow = self.dispatch(connection, None, Next::Request, None);
                return flow.after_response(connection);
            }
            if used as u64 > *allowance {
                return self.start_linger(connection, true);
            }
            *allowance -= used as u64;
            used = 0;
            self.turn = self.turn.saturating_sub(1);
            if self.turn == 0 {
                raw.clear();
                return Flow::Yield;
            }
            raw.resize(READ_SIZE, 0);
            match connection.peer.read(raw) {
                Ok(count) if count > 0 => raw.truncate(count),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    raw.clear();
                    return Flow::Wait;
                }
                _ => return Flow::Close,
            }
        }
    }

    /// Reads and throws away what still comes after our side has ended.
    pub(super) fn linger(&mut self, connection: &mut Connection) -> Flow {
        let Phase::Lingering(lingering) = &mut connection.phase else {
            return Flow::Go;
        };
        for _ in 0..TURN {
            match connection.peer.read(&mut self.kit.scratch) {
                Ok(count) if count > 0 && lingering.discard(count) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let is_over = lingering.ends_with_the_response() && connection.peer.is_quiet();
                    return if is_over { Flow::Close } else { Flow::Wait };
                }
                _ => return Flow::Close,
            }
        }
        Flow::Yield
    }
}

/// Whether nothing more of a body is to come.
fn is_over(decoder: &Decoder) -> bool {
    decoder.is_finished() || decoder.is_aborted()
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
        connections::{finishing::Made, outgoing::Outgoing},
        loops::{
            shared::{Shared, Stage, tests::shared},
            slots::Slots,
        },
        peers::{patience::Patience, peer::Peer, socket::Socket},
        protocol::Protocol,
    };

    /// A connection that still sends a response, what its hook is told, and its client.
    fn sending(
        shared: &Arc<Shared>,
        made: bool,
    ) -> (Box<Connection>, mpsc::Receiver<Outcome>, UnixStream) {
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
        let made = Made {
            complete: made,
            status: Some(200),
            body_bytes: 9,
        };
        let finishing = Finishing::new(environ, peer.clone(), (0, now), made);
        outgoing.finishing = Some(Box::new(finishing));
        let key = Slots::default().next_key();
        let mut connection = Box::new(Connection::new(key, Protocol::Http, peer, now));
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
            finishing.end(sent, Next::Close);
            connection.peer.write(b"of the next").unwrap();
            let (next, environ) = finishing.run();
            assert!(matches!(next, Next::Close) && !environ.has_hooks());
            let outcome = reports.try_recv().unwrap();
            assert_eq!((outcome.bytes_sent, outcome.complete), (5, complete));
            assert_eq!(outcome.status, Some(200));
            let body = if complete { 9 } else { 5 };
            assert_eq!(outcome.body_bytes, body, "what does not fit is not told");
        }
    }
}
