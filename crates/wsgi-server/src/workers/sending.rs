//! Sending responses, as far as clients take them.

use std::io;

use crate::{
    connections::connection::{Connection, Phase},
    connections::finishing::Finishing,
    connections::next::Next,
    connections::outgoing::{Outgoing, Sent},
    peers::patience::Patience,
    requests::tail::Tail,
    workers::{flow::Flow, worker::Worker},
};

impl Worker<'_> {
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
    pub(super) fn send(&mut self, connection: &mut Connection) -> Flow {
        let Phase::Sending(outgoing) = std::mem::replace(&mut connection.phase, Phase::Receiving)
        else {
            return Flow::Go;
        };
        let flow = self.send_on(connection, outgoing);
        flow.after_response(connection)
    }
}
