//! Driving a connection on, as far as it goes without waiting.

use crate::{
    connections::connection::{Connection, Phase},
    connections::next::Next,
    loops::core::Core,
    loops::event_loop::Return,
    options::{FIRST_REQUEST, TURN},
    requests::refusal::Refusal,
    workers::{flow::Flow, worker::Worker},
};

impl Worker<'_> {
    /// Goes on with a connection until it waits, ends, or has had its turn.
    pub(crate) fn drive(&mut self, mut connection: Box<Connection>) {
        self.turn = TURN;
        loop {
            if connection.may_call() && !self.reserve() {
                return self.starve(connection);
            }
            let flow = match connection.phase {
                Phase::Receiving => self.receive(&mut connection),
                Phase::Spooling(_) => self.spool(&mut connection),
                Phase::Sending(_) => self.send(&mut connection),
                Phase::Finishing(_) => self.finish(&mut connection),
                Phase::Draining(_) => self.discard(&mut connection),
                Phase::Lingering(_) => self.linger(&mut connection),
                Phase::Breaking(_) => self.wait_to_break(&connection),
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
        let flow = match &mut connection.phase {
            Phase::Receiving => match connection.partial.take() {
                Some(partial) if !partial.is_blank() => {
                    let request = (&partial.intake.head, &*partial.bytes);
                    self.refuse(&mut connection, request, &Refusal::TimedOut)
                }
                // A request that came at the last moment is answered.
                None if connection.peer.can_be_read() => Flow::Go,
                _ => Flow::Close,
            },
            Phase::Spooling(_) => {
                let phase = std::mem::replace(&mut connection.phase, Phase::Receiving);
                let Phase::Spooling(spooling) = phase else {
                    return self.close(connection);
                };
                let lateness = spooling.lateness();
                self.refuse_spooling(&mut connection, spooling, &lateness)
            }
            Phase::Sending(_) => {
                let phase = std::mem::replace(&mut connection.phase, Phase::Receiving);
                let Phase::Sending(outgoing) = phase else {
                    return self.close(connection);
                };
                let finishing = outgoing.into_parts().2;
                self.conclude(&mut connection, Next::Cut, finishing, false)
            }
            Phase::Finishing(_) => Flow::Wait,
            Phase::Draining(_) => Flow::Close,
            Phase::Breaking(breaking) => {
                breaking.break_off(&connection.peer);
                Flow::Close
            }
            Phase::Lingering(lingering) => match lingering.go_on(self.now) {
                true => Flow::Go,
                false => Flow::Close,
            },
        };
        match flow {
            Flow::Close => self.close(connection),
            Flow::Wait => self.park(connection),
            Flow::Go | Flow::Yield => self.requeue(connection),
        }
    }

    /// Puts a connection back until its peer does something.
    pub(crate) fn park(&mut self, mut connection: Box<Connection>) {
        let options = &self.shared.config.options;
        connection.deadline = connection.next_deadline(options, self.now);
        let drained = self.core.as_ref().and_then(|core| core.drained);
        if let Some(drained) = drained.filter(|_| connection.is_idle()) {
            match connection.fresh {
                // It may have come while this thread was in a call or a hook, and another
                // one had the loop: the last read was before that.
                None if connection.peer.can_be_read() => return self.requeue(connection),
                None => {
                    if self.start_linger(&mut connection, false) == Flow::Close {
                        return self.close(connection);
                    }
                    connection.deadline = connection.next_deadline(options, self.now);
                }
                Some(accepted) => {
                    let first = drained.max(accepted) + FIRST_REQUEST;
                    connection.deadline = connection.deadline.map(|at| at.min(first));
                }
            }
        }
        self.put_back(connection, Core::park);
    }

    /// Puts a connection back until those before it had their turn.
    fn requeue(&mut self, mut connection: Box<Connection>) {
        let options = &self.shared.config.options;
        connection.deadline = connection.next_deadline(options, self.now);
        self.put_back(connection, Core::requeue);
    }

    /// Puts a connection back that cannot be driven on for want of a thread. It has no
    /// deadline where it is us that it waits for.
    fn starve(&mut self, mut connection: Box<Connection>) {
        if let Some(core) = &mut self.core {
            core.starve(connection.key);
        }
        if !connection.waits_for_us() {
            return self.park(connection);
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
        let station = self.station();
        match &mut self.core {
            Some(core) => {
                if core.release(key) {
                    self.shared.left(self.index, 1);
                }
            }
            // Where the loop has ended, it is forgotten already.
            None => drop(station.give(Return::Closed(key))),
        }
    }
}
