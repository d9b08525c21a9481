//! What follows a response: its hooks, the rest of a body, the next request, the end.

use std::io;

use crate::{
    connections::connection::{Connection, Partial, Phase},
    connections::drive::Flow,
    connections::finishing::Finishing,
    loops::worker::Worker,
    options::{LINGER, READ_SIZE, TURN},
    requests::{decoder::Decoder, refusal::Refusal},
};

/// A body that nobody wants.
#[derive(Debug)]
pub(crate) struct Draining {
    pub(crate) decoder: Decoder,
    /// What was received and not decoded.
    pub(crate) raw: Vec<u8>,
    /// What the peer is to be told when it is over.
    pub(crate) replies: Vec<u8>,
    /// How many bytes of it are still put up with.
    pub(crate) allowance: u64,
}

/// What follows a response.
#[derive(Debug)]
pub(crate) enum Next {
    /// The next request.
    Request,
    /// The rest of a body, then the next request.
    Drain(Box<Draining>),
    /// The end, in such a way that the response arrives.
    Close,
    /// The end at once: the client is gone, or can only tell by a reset that
    /// the response is not whole.
    Cut,
}

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
        go_on(connection, flow)
    }

    fn run_hooks(&mut self, connection: &mut Connection, finishing: Finishing) -> Flow {
        let was_owner = self.is_owner();
        self.leave();
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
            Next::Close => {
                self.start_linger(connection);
                Flow::Go
            }
            Next::Cut => {
                connection.peer.reset();
                Flow::Close
            }
        }
    }

    pub(super) fn start_linger(&mut self, connection: &mut Connection) {
        connection.partial = None;
        connection.peer.finish();
        connection.deadline = Some(self.now + LINGER);
        connection.phase = Phase::Lingering;
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
                        self.start_linger(connection);
                        return Flow::Go;
                    }
                }
            }
            if is_over(decoder) {
                let rest = raw.split_off(used);
                self.kit.out.append(replies);
                connection.partial = Partial::of(rest, connection.protocol, self.now);
                let flow = self.dispatch(connection, None, Next::Request, None);
                return go_on(connection, flow);
            }
            if used as u64 > *allowance {
                self.start_linger(connection);
                return Flow::Go;
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
        for _ in 0..TURN {
            match connection.peer.read(&mut self.kit.scratch) {
                Ok(count) if count > 0 => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Flow::Wait,
                _ => return Flow::Close,
            }
        }
        Flow::Yield
    }
}

/// How to go on after a response: the socket may hold requests that gave no
/// event of their own.
pub(super) fn go_on(connection: &Connection, flow: Flow) -> Flow {
    match flow {
        Flow::Wait if matches!(connection.phase, Phase::Receiving) => Flow::Go,
        flow => flow,
    }
}

/// Whether nothing more of a body is to come.
fn is_over(decoder: &Decoder) -> bool {
    decoder.is_finished() || decoder.is_aborted()
}
