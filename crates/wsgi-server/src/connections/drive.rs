//! Driving a connection on, as far as it goes without waiting.

use std::io;

use crate::{
    connections::connection::{Connection, Partial, Phase},
    connections::finishing::Finishing,
    connections::next::{Next, go_on},
    connections::outgoing::{Outgoing, Sent},
    connections::patience::Patience,
    loops::core::{self, Core},
    loops::event_loop::Return,
    loops::worker::Worker,
    options::{OUT_LIMIT, TURN},
    requests::{
        answer::Answer,
        head::Head,
        intake::{Intake, Stage},
        refusal::Refusal,
        tail::Tail,
    },
};

/// How to go on with a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// It waits for its peer.
    Wait,
    /// It can go on, after the others.
    Yield,
    /// It can go on now, in another phase.
    Go,
    Close,
}

impl Worker<'_> {
    /// Goes on with a connection until it waits, ends, or has had its turn.
    pub(crate) fn drive(&mut self, mut connection: Box<Connection>) {
        self.turn = TURN;
        loop {
            if connection.may_call() && !self.reserve() {
                if let Some(core) = &mut self.core {
                    core.starve(connection.key);
                }
                return self.park(connection);
            }
            let flow = match connection.phase {
                Phase::Receiving => self.receive(&mut connection),
                Phase::Sending(_) => self.send(&mut connection),
                Phase::Finishing(_) => self.finish(&mut connection),
                Phase::Draining(_) => self.discard(&mut connection),
                Phase::Lingering => self.linger(&mut connection),
            };
            match flow {
                Flow::Go if self.is_owner() && self.take_step() => {}
                Flow::Wait => return self.park(connection),
                Flow::Go | Flow::Yield => return self.requeue(connection),
                Flow::Close => return self.close(connection),
            }
        }
    }

    /// Goes on with a connection whose time is up.
    pub(crate) fn expire(&mut self, mut connection: Box<Connection>) {
        let flow = match &connection.phase {
            Phase::Receiving => match connection.partial.take() {
                Some(partial) if !partial.is_blank() => {
                    let head = &partial.intake.head;
                    self.refuse(&mut connection, head, &Refusal::TimedOut)
                }
                _ => Flow::Close,
            },
            Phase::Sending(_) => {
                let phase = std::mem::replace(&mut connection.phase, Phase::Receiving);
                let Phase::Sending(outgoing) = phase else {
                    return self.close(connection);
                };
                let finishing = outgoing.into_parts().2;
                self.conclude(&mut connection, Next::Cut, finishing, false)
            }
            Phase::Finishing(_) => Flow::Wait,
            Phase::Draining(_) | Phase::Lingering => Flow::Close,
        };
        match flow {
            Flow::Close => self.close(connection),
            Flow::Wait => self.park(connection),
            Flow::Go | Flow::Yield => self.requeue(connection),
        }
    }

    /// Reads what the client sent, and answers each request that is complete.
    fn receive(&mut self, connection: &mut Connection) -> Flow {
        let mut scratch = std::mem::take(&mut self.kit.scratch);
        let flow = loop {
            let mut count = 0;
            if !connection.has_unseen() {
                match connection.peer.read(&mut scratch) {
                    Ok(0) => break self.receive_end(connection),
                    Ok(read) => count = read,
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break Flow::Wait,
                    Err(_) => break Flow::Close,
                }
            }
            let flow = self.take_in(connection, &scratch[..count]);
            // A read that did not fill the buffer took all there was, unless the
            // end came with it, which gives no further event; a streamed body may
            // have left some of it.
            let exhausted = count > 0
                && count < scratch.len()
                && !connection.hangup
                && !connection.has_unseen();
            if flow != Flow::Wait || exhausted || !matches!(connection.phase, Phase::Receiving) {
                break flow;
            }
            if !self.take_step() {
                break Flow::Yield;
            }
        };
        self.kit.scratch = scratch;
        flow
    }

    /// Answers the requests that are complete with these bytes, and keeps the
    /// rest.
    fn take_in(&mut self, connection: &mut Connection, bytes: &[u8]) -> Flow {
        if let Some(partial) = connection.partial.take() {
            return self.take_further(connection, partial, bytes);
        }
        let protocol = connection.protocol;
        let kept = self.kit.partials[protocol as usize].take();
        let mut partial = kept.unwrap_or_else(|| Box::new(Partial::new(protocol, self.now)));
        let (used, unseen, flow) = self.answer_all(connection, bytes, &mut partial.intake);
        if used < bytes.len() {
            partial.bytes.extend_from_slice(&bytes[used..]);
            partial.note(self.now, unseen);
            partial.since = self.now;
            connection.partial = Some(partial);
        } else {
            self.kit.partials[protocol as usize] = Some(partial);
        }
        flow
    }

    /// Adds bytes to those that were not a whole request.
    fn take_further(
        &mut self,
        connection: &mut Connection,
        mut partial: Box<Partial>,
        bytes: &[u8],
    ) -> Flow {
        partial.bytes.extend_from_slice(bytes);
        let (used, unseen, flow) = self.answer_all(connection, &partial.bytes, &mut partial.intake);
        if used < partial.bytes.len() {
            partial.note(self.now, unseen);
            if used > 0 {
                partial.bytes.drain(..used);
                partial.since = self.now;
            }
            connection.partial = Some(partial);
        }
        flow
    }

    /// Answers the requests at the start of `bytes`. Says how many bytes were
    /// used, and whether there are more that were not looked at.
    fn answer_all(
        &mut self,
        connection: &mut Connection,
        bytes: &[u8],
        intake: &mut Intake,
    ) -> (usize, bool, Flow) {
        let mut used = 0;
        while used < bytes.len() {
            let rest = &bytes[used..];
            let options = &self.shared.config.options;
            let stage = match intake.advance(rest, options, &mut self.kit.out) {
                Ok(stage) => stage,
                Err(rejection) => {
                    let refusal = Refusal::Rejected(rejection);
                    let flow = self.refuse(connection, &intake.head, &refusal);
                    intake.reset();
                    return (bytes.len(), false, flow);
                }
            };
            let answer = match stage {
                Stage::Partial => break,
                Stage::Whole(length) => {
                    used += length;
                    self.answer(connection, &rest[..length], intake)
                }
                Stage::Passed(length) => {
                    used += length;
                    Answer::whole(Next::Request)
                }
                Stage::Streamed => {
                    used = bytes.len();
                    self.answer_streamed(connection, rest, intake)
                }
            };
            intake.reset();
            let plain = answer.tail.is_none() && answer.finishing.is_none();
            let enough = !self.take_step() || self.kit.out.len() >= OUT_LIMIT || !self.is_owner();
            if plain && !enough && matches!(answer.next, Next::Request) {
                continue;
            }
            let flow = self.dispatch(connection, answer.tail, answer.next, answer.finishing);
            if flow != Flow::Wait || !matches!(connection.phase, Phase::Receiving) {
                return (used, true, flow);
            }
            if enough {
                return (used, true, Flow::Yield);
            }
        }
        let flow = self.dispatch(connection, None, Next::Request, None);
        (used, false, flow)
    }

    /// The client sends nothing more.
    fn receive_end(&mut self, connection: &mut Connection) -> Flow {
        match connection.partial.take() {
            Some(partial) if !partial.is_blank() => {
                self.refuse(connection, &partial.intake.head, &Refusal::Truncated)
            }
            _ => Flow::Close,
        }
    }

    /// Answers a request that never reaches the application, and ends the
    /// connection: where the next one would start is not known.
    fn refuse(&mut self, connection: &mut Connection, head: &Head, refusal: &Refusal) -> Flow {
        self.report(head.protocol(), refusal);
        refusal.write(&mut self.kit.out, head, &self.kit.clock);
        self.dispatch(connection, None, Next::Close, None)
    }

    /// Sends what was answered, then `tail`, and goes on with what is next once
    /// the client has taken it.
    pub(super) fn dispatch(
        &mut self,
        connection: &mut Connection,
        tail: Option<Box<Tail>>,
        next: Next,
        finishing: Option<Box<Finishing>>,
    ) -> Flow {
        if self.kit.out.is_empty() && tail.is_none() {
            return self.conclude(connection, next, finishing, true);
        }
        let mut start = 0;
        if tail.is_none() {
            // Nearly every response leaves in one write.
            match connection.peer.write(&self.kit.out) {
                Ok(count) if count == self.kit.out.len() => {
                    self.kit.out.clear();
                    return self.conclude(connection, next, finishing, true);
                }
                Ok(count) => start = count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => {
                    self.kit.out.clear();
                    return self.conclude(connection, Next::Cut, finishing, false);
                }
            }
        }
        let patience = Patience::with_write(&self.shared.config.options);
        let out = std::mem::take(&mut self.kit.out);
        let mut outgoing = Outgoing::new((out, start), tail, next, patience, self.now);
        outgoing.finishing = finishing;
        self.send_on(connection, Box::new(outgoing))
    }

    /// Sends a response as far as the client takes it.
    fn send_on(&mut self, connection: &mut Connection, mut outgoing: Box<Outgoing>) -> Flow {
        let sent = outgoing.send(&connection.peer, self.now);
        match sent {
            Ok(Sent::Blocked) => {
                connection.phase = Phase::Sending(outgoing);
                return Flow::Wait;
            }
            Ok(Sent::Some) => {
                connection.phase = Phase::Sending(outgoing);
                return Flow::Yield;
            }
            _ => {}
        }
        let (buffer, next, finishing) = outgoing.into_parts();
        self.kit.out = buffer;
        match sent {
            Ok(_) => self.conclude(connection, next, finishing, true),
            Err(_) => self.conclude(connection, Next::Cut, finishing, false),
        }
    }

    /// Sends more of a response that the client was slow to take.
    fn send(&mut self, connection: &mut Connection) -> Flow {
        let Phase::Sending(outgoing) = std::mem::replace(&mut connection.phase, Phase::Receiving)
        else {
            return Flow::Go;
        };
        let flow = self.send_on(connection, outgoing);
        go_on(connection, flow)
    }

    /// Puts a connection back until its peer does something.
    pub(crate) fn park(&mut self, mut connection: Box<Connection>) {
        if self.core.as_ref().is_some_and(|core| core.draining) && connection.is_idle() {
            self.start_linger(&mut connection);
        }
        let options = &self.shared.config.options;
        connection.deadline = core::deadline(&connection, options, self.now);
        self.put_back(connection, Core::park);
    }

    /// Puts a connection back until those before it had their turn.
    fn requeue(&mut self, mut connection: Box<Connection>) {
        let options = &self.shared.config.options;
        connection.deadline = core::deadline(&connection, options, self.now);
        self.put_back(connection, Core::requeue);
    }

    /// Puts a connection back that can be driven on, but for want of a thread.
    pub(crate) fn starve(&mut self, mut connection: Box<Connection>) {
        if let Some(core) = &mut self.core {
            core.starve(connection.key);
        }
        connection.deadline = None;
        self.put_back(connection, Core::park);
    }

    /// Puts a connection back, or gives it back to the loop that this thread has
    /// lost. It may have been cut meanwhile.
    fn put_back(
        &mut self,
        connection: Box<Connection>,
        put: fn(&mut Core, Box<Connection>) -> Result<(), Box<Connection>>,
    ) {
        let refused = match &mut self.core {
            Some(core) => put(core, connection).err(),
            None => {
                // The environ must not keep the socket open: it may not be used again for long.
                self.kit.environ.take_connection();
                let given = self.station().give(Return::Connection(connection));
                given.err().and_then(Return::connection)
            }
        };
        self.let_go(refused.into_iter());
    }

    fn close(&mut self, connection: Box<Connection>) {
        // The environ that was used last may hold on to the socket.
        self.kit.environ.take_connection();
        let key = connection.key;
        drop(connection);
        match &mut self.core {
            Some(core) => core.release(key, &self.shared.loops[self.index]),
            // Where the loop has ended, it is forgotten already.
            None => drop(self.station().give(Return::Closed(key))),
        }
    }
}
