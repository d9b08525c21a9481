//! Making room for new clients, at the limit of connections or of the system's descriptors.
//!
//! The loop that has no room asks the others for their turns, unless it has heard of them within
//! the last second; then it closes an idle connection of its own, or has the loop close one whose
//! turn it is. So the order holds across loops, approximately.

use crate::loops::{
    core::Core,
    message::Message,
    notice::Notice,
    pressure::{NOBODY, SeniorityNumber},
    shared::Shared,
    shortage::Shortage,
};

impl Shared {
    /// Closes an idle connection if there is no room for a client that waits. Returns whether
    /// there is room now; if not, the loop hears when there may be.
    pub(super) fn make_room(&self, core: &mut Core, own: usize, shortage: Shortage) -> bool {
        let now = core.now;
        if core.appeal.is_pending(now) || !core.reception.is_awaited() {
            return false;
        }
        let mut first = (self.turn_number(core), own);
        let time = self.pressure.milliseconds(now);
        let mut asked = 0;
        for (other, event_loop) in self.loops.iter().enumerate() {
            if other == own {
                continue;
            }
            match event_loop.offer.get(time) {
                Some(turn) => first = first.min((turn, other)),
                None => {
                    let sent = event_loop.send(Message::AskTurn { asking: own });
                    asked += usize::from(sent.is_ok());
                }
            }
        }
        core.appeal.begin(asked, now);
        if asked > 0 {
            return false;
        }
        let is_made = match first {
            (NOBODY, _) => false,
            (turn, other) if other != own => {
                let message = Message::AskRoom {
                    asking: own,
                    turn,
                    shortage,
                };
                let asked = usize::from(self.loops[other].send(message).is_ok());
                core.appeal.begin(asked, now);
                return false;
            }
            _ => self.give_way(core, own),
        };
        self.note_pressure(core, shortage, usize::from(is_made));
        is_made
    }

    /// Closes an idle connection of this loop for another loop, if that is still needed and the
    /// turn is still this or an earlier one. The other loop hears of it.
    pub(crate) fn give_way_to(
        &self,
        core: &mut Core,
        own: usize,
        asking: usize,
        turn: SeniorityNumber,
        shortage: Shortage,
    ) {
        let first = self.turn_number(core);
        // During the shutdown only the asking loop knows who waits there.
        let is_needed = core.draining_since.is_some() || core.reception.is_awaited();
        if first <= turn && is_needed && self.give_way(core, own) {
            // The asking loop may find room now, and have no reason to come back to this.
            self.note_pressure(core, shortage, 1);
        }
        self.tell_turn(core, own, asking);
    }

    /// Tells another loop the turn of this one.
    pub(crate) fn tell_turn(&self, core: &mut Core, own: usize, asking: usize) {
        let now = self.pressure.milliseconds(core.now);
        self.loops[own].offer.set(self.turn_number(core), now);
        let _ = self.loops[asking].send(Message::Answered); // it may have ended
    }

    fn turn_number(&self, core: &mut Core) -> SeniorityNumber {
        let keep_alive = self.config.options.keep_alive;
        let turn = core.parking.turn_to_give_way(keep_alive, core.now);
        self.pressure.number(turn)
    }

    fn give_way(&self, core: &mut Core, own: usize) -> bool {
        let keep_alive = self.config.options.keep_alive;
        let is_closed = core.parking.give_way(keep_alive, core.now);
        if is_closed {
            core.recorder.evicted();
            self.connections_ended(own, 1);
        }
        is_closed
    }

    /// Notes that `closed` connections gave way, and has the loop write a line to the log when
    /// one is due.
    fn note_pressure(&self, core: &mut Core, shortage: Shortage, closed: usize) {
        if let Some(closed) = self.pressure.note(closed, core.now) {
            core.notify(Notice::GaveWay {
                shortage,
                max_connections: self.config.options.max_connections,
                closed,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{os::unix::net::UnixStream, sync::atomic::Ordering::SeqCst, time::Duration};

    use super::*;
    use crate::{
        loops::{acceptor::Arrival, shared::tests::shared},
        peers::socket::Socket,
        protocol::Protocol,
    };

    #[test]
    fn during_the_shutdown_a_loop_that_does_not_listen_makes_room_for_one_whose_clients_wait() {
        let shared = shared(2);
        let (ours, _client) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let arrival = Arrival {
            listener: 0,
            protocol: Protocol::Http,
            socket: Socket::Unix(ours),
            address: None,
            channel: None,
            is_allowed: true,
            proxies: None,
            place: None,
        };
        let mut core = shared.loops[1].begin();
        assert!(shared.connection_limit.take());
        shared.loops[1].connections.fetch_add(1, SeqCst);
        shared.take_in(&mut core, 1, arrival);
        core.drain();
        core.now += Duration::from_secs(1);
        let turn = shared.turn_number(&mut core);
        assert_ne!(turn, NOBODY);
        shared.give_way_to(&mut core, 1, 0, turn, Shortage::ConnectionLimit);
        assert_eq!(shared.turn_number(&mut core), NOBODY);
        assert_eq!(shared.loops[1].connections.load(SeqCst), 0);
        let line = "the limit of 65536 connections is reached: \
                    closed an idle one for a new client";
        let notice = core.notices.pop().expect("a line for the log");
        assert_eq!(notice.to_string(), line);
    }
}
