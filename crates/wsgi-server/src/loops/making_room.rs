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
    use std::{
        net::TcpStream,
        os::unix::net::UnixStream,
        sync::{MutexGuard, atomic::Ordering::SeqCst},
        time::Duration,
    };

    use super::*;
    use crate::{
        instant::Instant,
        listeners::listener::Listener,
        loops::{
            acceptor::Arrival,
            shared::tests::{listening, shared},
        },
        peers::socket::Socket,
        protocol::Protocol,
    };

    /// A client that was accepted, and its own end of the connection.
    fn arrival() -> (Arrival, UnixStream) {
        let (socket, client) = Socket::pair();
        let arrival = Arrival {
            listener: 0,
            protocol: Protocol::Http,
            socket,
            address: None,
            channel: None,
            is_allowed: true,
            proxies: None,
            place: None,
        };
        (arrival, client)
    }

    #[test]
    fn during_the_shutdown_a_loop_that_does_not_listen_makes_room_for_one_whose_clients_wait() {
        let shared = shared(2);
        let (arrival, _client) = arrival();
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

    /// Two loops with idle connections, and a client who waits for room.
    struct Loops<'s> {
        shared: &'s Shared,
        cores: [MutexGuard<'s, Core>; 2],
        began: Instant,
        clients: Vec<UnixStream>,
        _waiting: TcpStream,
    }

    impl<'s> Loops<'s> {
        /// Loops with connections that are on one of them, are used or not, and are idle since a
        /// number of milliseconds.
        fn new(shared: &'s Shared, waiting: TcpStream, idle: &[(usize, bool, u64)]) -> Self {
            let cores = [0, 1].map(|index| shared.loops[index].begin());
            let mut loops = Self {
                began: cores[0].now,
                shared,
                cores,
                clients: Vec::new(),
                _waiting: waiting,
            };
            // The system may have the client in the queue a little later.
            while !loops.cores[0].reception.is_awaited() {
                std::thread::yield_now();
            }
            for (index, is_used, since) in idle {
                loops.admit(*index, *is_used, *since);
            }
            loops
        }

        fn admit(&mut self, index: usize, is_used: bool, since: u64) {
            let (arrival, client) = arrival();
            client.set_nonblocking(true).unwrap();
            self.clients.push(client);
            self.advance(since);
            assert!(self.shared.connection_limit.take());
            self.shared.loops[index].connections.fetch_add(1, SeqCst);
            let core = &mut *self.cores[index];
            self.shared.take_in(core, index, arrival);
            let mut connection = core.parking.next_ready().unwrap();
            if is_used {
                connection.unused_since = None;
                connection.deadline = Some(core.now + self.shared.config.options.keep_alive);
            }
            assert!(core.parking.park(connection).is_ok());
        }

        /// Has both loops wake after this number of milliseconds.
        fn advance(&mut self, at: u64) {
            for core in &mut self.cores {
                core.now = self.began + Duration::from_millis(at);
                let now = core.now;
                core.appeal.wake(now);
            }
        }

        /// Has a loop take its messages.
        fn deliver(&mut self, index: usize) {
            let (shared, core) = (self.shared, &mut *self.cores[index]);
            for message in shared.loops[index].take_mail().messages {
                match message {
                    Message::AskTurn { asking } => shared.tell_turn(core, index, asking),
                    Message::AskRoom {
                        asking,
                        turn,
                        shortage,
                    } => shared.give_way_to(core, index, asking, turn, shortage),
                    Message::Answered => core.note_answer(),
                    _ => panic!("a message of another kind"),
                }
            }
        }

        fn make_room(&mut self, index: usize) -> bool {
            let core = &mut *self.cores[index];
            self.shared
                .make_room(core, index, Shortage::ConnectionLimit)
        }

        /// The numbers of the clients whose connections are closed.
        fn closed(&self) -> Vec<usize> {
            let is_closed = |client: &UnixStream| rustix::io::read(client, &mut [0; 1]) == Ok(0);
            let numbers = 0..self.clients.len();
            numbers
                .filter(|number| is_closed(&self.clients[*number]))
                .collect()
        }

        /// Has a loop make room for one client. Returns the number of the one that gives way.
        fn room_of(&mut self, index: usize) -> Option<usize> {
            let before = self.closed();
            for _ in 0..2 {
                self.make_room(index);
                self.deliver(1 - index);
                self.deliver(index);
                let mut closed = self.closed();
                closed.retain(|number| !before.contains(number));
                if let Some(number) = closed.pop() {
                    assert!(closed.is_empty(), "one client for one: {closed:?}");
                    return Some(number);
                }
            }
            None
        }
    }

    /// A server with two loops, and a client who waits.
    fn awaited() -> (Shared, TcpStream) {
        let listener = Listener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().tcp().unwrap();
        let shared = listening(2, listener);
        let client = TcpStream::connect(address).unwrap();
        (shared, client)
    }

    #[test]
    fn the_order_holds_across_loops() {
        const IDLE: [(usize, bool, u64); 6] = [
            (0, true, 0),
            (1, true, 10),
            (1, false, 20),
            (0, false, 30),
            (1, false, 40),
            (0, true, 50),
        ];
        for asking in [0, 1] {
            let (shared, client) = awaited();
            let mut loops = Loops::new(&shared, client, &IDLE);
            loops.advance(1_000);
            let order = [(); 7].map(|()| loops.room_of(asking));
            let all = [2, 3, 4, 0, 1, 5].map(Some);
            assert_eq!(order[..6], all, "for loop {asking}");
            assert_eq!(order[6], None);
        }
    }

    #[test]
    fn a_loop_waits_for_the_turns_of_others() {
        let (shared, client) = awaited();
        let mut loops = Loops::new(&shared, client, &[(0, true, 0), (1, false, 10)]);
        for at in [1_000, 1_050, 1_100, 1_300] {
            loops.advance(at);
            assert!(!loops.make_room(0), "at {at}");
            assert!(loops.closed().is_empty(), "at {at}");
        }
        loops.deliver(1);
        loops.deliver(0);
        assert_eq!(loops.room_of(0), Some(1));
        assert_eq!(loops.room_of(0), Some(0));
    }

    #[test]
    fn what_a_loop_has_told_counts_for_a_second() {
        let (shared, client) = awaited();
        let mut loops = Loops::new(&shared, client, &[(1, false, 0), (0, true, 10)]);
        loops.advance(100); // too soon for both
        assert_eq!(loops.room_of(0), None);
        loops.advance(1_099);
        assert!(loops.make_room(0), "the other has told that it has nobody");
        assert_eq!(loops.closed(), [1]);
        loops.advance(1_100);
        assert_eq!(loops.room_of(0), Some(0));
    }
}
