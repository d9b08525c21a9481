//! The connections of a loop, while no thread drives them.

use std::{collections::VecDeque, mem, time::Duration};

use crate::{
    connections::{connection::Connection, key::Key, pace::Pace},
    instant::Instant,
    loops::{
        crowd::Crowd,
        idle_connections::{IdleConnections, Seniority},
        slots::Slots,
        timers::Timers,
    },
    requests::spool_room::{Room, Want},
};

/// The connections of a loop: those that wait for their peer or their deadline, those that are
/// ready, and those that lack a spare thread or room for a body. A connection that a thread
/// drives is *away*: its slot stays here.
#[derive(Default)]
pub(crate) struct Parking {
    slots: Slots,
    timers: Timers,
    /// Connections that can be driven.
    ready: VecDeque<Key>,
    /// Connections that can be driven, and whose last turns computed for long.
    slow: VecDeque<Key>,
    /// Connections that may call an application and wait for a spare thread.
    starved: Vec<Key>,
    /// Connections that wait for room for a body.
    crowd: Crowd,
    /// Connections that may give way to new clients.
    idle: IdleConnections,
}

impl Parking {
    /// The key of the next connection that is [admitted](Self::admit).
    pub(crate) fn next_key(&mut self) -> Key {
        self.slots.next_key()
    }

    /// Parks a new connection, which has the [next key](Self::next_key).
    pub(crate) fn admit(&mut self, connection: Box<Connection>) {
        let key = connection.key;
        self.slots.occupy(key, connection.peer.clone());
        let _ = self.park(connection); // its slot was taken just now
        self.idle.admit(key, &mut self.slots);
    }

    /// Parks a connection until its peer does something or its deadline passes. Returns it if
    /// it was cut while it was away.
    #[inline(always)] // as nearly every turn ends with it
    pub(crate) fn park(&mut self, connection: Box<Connection>) -> Result<(), Box<Connection>> {
        let (key, deadline) = (connection.key, connection.deadline);
        let Some(slot) = self.slots.get(key) else {
            return Err(connection);
        };
        slot.slow = connection.pace == Pace::Slow;
        slot.connection = Some(connection);
        slot.deadline = deadline;
        // A thread that took its loop back parks here what another thread heard of.
        let missed = slot.missed;
        if let Some(at) = deadline
            && slot.alarm.is_none_or(|alarm| at < alarm)
        {
            slot.alarm = Some(at);
            self.timers.set(at, key);
            let slots = &self.slots;
            self.timers
                .prune(slots.len(), |at, key| slots.has_alarm(key, at));
        }
        if missed {
            self.queue(key);
        }
        Ok(())
    }

    /// Parks a connection that can be driven on, as [`park`](Self::park) does.
    pub(crate) fn requeue(&mut self, connection: Box<Connection>) -> Result<(), Box<Connection>> {
        let key = connection.key;
        self.park(connection)?;
        self.queue(key);
        Ok(())
    }

    /// Queues a connection that an event is about.
    pub(crate) fn note_event(&mut self, key: Key, is_hangup: bool) {
        if let Some(slot) = self.slots.get(key) {
            slot.hangup |= is_hangup;
            let queue = match slot.slow {
                true => &mut self.slow,
                false => &mut self.ready,
            };
            if !mem::replace(&mut slot.queued, true) {
                queue.push_back(key);
            }
        }
    }

    pub(crate) fn queue(&mut self, key: Key) {
        if let Some(slot) = self.slots.get(key)
            && !slot.queued
        {
            slot.missed = false;
            self.note_event(key, false);
        }
    }

    /// Queues every connection.
    pub(crate) fn queue_all(&mut self) {
        for key in self.slots.keys() {
            self.queue(key);
        }
    }

    /// Whether a connection can be driven.
    pub(crate) fn has_ready(&self) -> bool {
        !(self.ready.is_empty() && self.slow.is_empty())
    }

    /// The number of connections that can be driven.
    pub(crate) fn ready(&self) -> usize {
        self.ready.len() + self.slow.len()
    }

    /// The number of connections that can be driven, without the slow ones. Of these,
    /// [one](Self::next_slow) is driven before the next look at the events.
    pub(crate) fn quick(&self) -> usize {
        self.ready.len()
    }

    /// Takes the next connection that can be driven, unless it is away. Slow ones come last.
    pub(crate) fn next_ready(&mut self) -> Option<Box<Connection>> {
        let key = self.ready.pop_front().or_else(|| self.slow.pop_front())?;
        self.take_ready(key)
    }

    /// Takes the next of the slow connections, unless it is away.
    pub(crate) fn next_slow(&mut self) -> Option<Box<Connection>> {
        let key = self.slow.pop_front()?;
        self.take_ready(key)
    }

    #[inline]
    fn take_ready(&mut self, key: Key) -> Option<Box<Connection>> {
        let slot = self.slots.get(key)?;
        slot.queued = false;
        slot.missed = slot.connection.is_none();
        let mut connection = slot.connection.take()?;
        connection.hangup |= slot.hangup;
        Some(connection)
    }

    /// The time of the next alarm.
    pub(crate) fn next_alarm(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Takes a connection whose deadline has passed.
    pub(crate) fn next_expired(&mut self, now: Instant) -> Option<Box<Connection>> {
        while let Some((at, key)) = self.timers.ring(now) {
            let Some(slot) = self.slots.get(key) else {
                continue;
            };
            if slot.alarm != Some(at) {
                continue; // an earlier one was set since
            }
            slot.alarm = None;
            // A connection that is away keeps its deadlines, and gets an alarm when it is back.
            let (Some(deadline), true) = (slot.deadline, slot.connection.is_some()) else {
                continue;
            };
            if deadline <= now {
                return slot.connection.take();
            }
            slot.alarm = Some(deadline);
            self.timers.set(deadline, key);
        }
        None
    }

    /// Notes a connection that cannot be driven on without a spare thread.
    pub(crate) fn starve(&mut self, key: Key) {
        if let Some(slot) = self.slots.get(key)
            && !slot.starved
        {
            slot.starved = true;
            self.starved.push(key);
            if self.starved.len() > 2 * self.slots.len() + 1024 {
                let slots = &mut self.slots;
                self.starved.retain(|key| slots.get(*key).is_some());
            }
        }
    }

    /// Whether connections wait for a spare thread or for room.
    pub(crate) fn has_hindered(&self) -> bool {
        self.has_starved() || self.has_crowded()
    }

    /// Whether connections wait for a spare thread.
    pub(crate) fn has_starved(&self) -> bool {
        !self.starved.is_empty()
    }

    /// Queues the connections that wait for a spare thread.
    pub(crate) fn retry_starved(&mut self) {
        for key in mem::take(&mut self.starved) {
            if let Some(slot) = self.slots.get(key) {
                slot.starved = false;
            }
            self.queue(key);
        }
    }

    /// Notes a connection that cannot be driven on without room.
    pub(crate) fn crowd(&mut self, key: Key, want: Want) {
        let Some(slot) = self.slots.get(key) else {
            return;
        };
        if mem::replace(&mut slot.crowded, true) {
            self.crowd.change(key, want);
        } else {
            self.crowd.add(key, want);
            let slots = &mut self.slots;
            self.crowd
                .prune(slots.len(), |key| slots.get(key).is_some());
        }
    }

    /// Whether connections wait for room.
    pub(crate) fn has_crowded(&self) -> bool {
        !self.crowd.is_empty()
    }

    /// Queues the connections for which there is room by now.
    pub(crate) fn retry_crowded(&mut self, room: &Room) {
        let slots = &mut self.slots;
        for key in self.crowd.admit(room, |key| slots.get(key).is_some()) {
            if let Some(slot) = self.slots.get(key) {
                slot.crowded = false;
            }
            self.queue(key);
        }
    }

    /// When the turn of this loop comes to close an idle connection; `None` if it has none.
    pub(crate) fn turn_to_give_way(
        &mut self,
        keep_alive: Duration,
        now: Instant,
    ) -> Option<Seniority> {
        let (turn, _) = self.idle.first(&mut self.slots, keep_alive, now)?;
        Some(turn)
    }

    /// Closes the idle connection whose turn it is. Returns false if there is none. Each is read
    /// from once more before: if a request has arrived, it stays.
    pub(crate) fn give_way(&mut self, keep_alive: Duration, now: Instant) -> bool {
        while let Some((_, key)) = self.idle.first(&mut self.slots, keep_alive, now) {
            let slot = self.slots.get(key);
            match slot.and_then(|slot| slot.connection.take()) {
                Some(connection) if !connection.peer.can_be_read() => {
                    connection.peer.say_goodbye();
                    // An environ that the application has kept owns the socket too.
                    connection.peer.close();
                    self.slots.release(key);
                    return true;
                }
                Some(connection) => drop(self.requeue(connection)),
                None => {}
            }
            self.idle.pass_over(key, now);
        }
        false
    }

    /// Forgets a connection. Returns false if that was done before.
    pub(crate) fn release(&mut self, key: Key) -> bool {
        let is_there = self.slots.get(key).is_some();
        self.slots.release(key);
        is_there
    }

    /// Forgets every connection, whose threads may go on with it. Returns their number.
    pub(crate) fn forget(&mut self) -> usize {
        mem::take(&mut self.slots).len()
    }

    /// Cuts every connection that is away. Returns the number of all connections, and those that
    /// are parked here, for their own end.
    pub(crate) fn cut(&mut self) -> (usize, impl Iterator<Item = Box<Connection>> + use<>) {
        let mut parked = Vec::new();
        let keys = self.slots.keys();
        let count = keys.len();
        for key in keys {
            if let Some(slot) = self.slots.get(key) {
                match slot.connection.take() {
                    Some(connection) => parked.push(connection),
                    None => slot.peer.iter().for_each(|peer| peer.cut()),
                }
            }
            self.slots.release(key);
        }
        (count, parked.into_iter())
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Write, sync::Arc};

    use super::*;
    use crate::{
        loops::shared::tests::shared,
        peers::{peer::Peer, socket::Socket},
        protocol::Protocol,
    };

    #[test]
    fn a_slow_connection_is_driven_after_the_quick_ones_and_alone_of_the_slow_ones() {
        let (socket, _client) = Socket::pair();
        let peer = Arc::new(Peer::new(socket, None, None));
        let shared = shared(1);
        let mut parking = Parking::default();
        let mut admit = |pace| {
            let (key, lookout) = (parking.next_key(), &shared.lookouts[0]);
            let mut connection =
                Connection::new(key, Protocol::Http, peer.clone(), lookout, Instant::now());
            connection.pace = pace;
            parking.admit(Box::new(connection));
            key
        };
        let slow = admit(Pace::Slow);
        let (other_slow, quick) = (admit(Pace::Slow), admit(Pace::Quick));
        parking.note_event(slow, false);
        parking.queue(other_slow);
        parking.queue(quick);
        assert_eq!((parking.ready(), parking.quick()), (3, 1));
        // The quick one can be driven again at once, in each lap.
        let mut lap = |requeues: bool| {
            let mut driven = Vec::new();
            for _ in 0..parking.quick() {
                let connection = parking.next_ready().unwrap();
                driven.push(connection.key);
                let parked = match requeues {
                    true => parking.requeue(connection),
                    false => parking.park(connection),
                };
                assert!(parked.is_ok());
            }
            driven.extend(parking.next_slow().map(|connection| connection.key));
            driven
        };
        assert_eq!(lap(true), [quick, slow]);
        assert_eq!(lap(false), [quick, other_slow]);
        assert_eq!(lap(false), []);
    }

    #[test]
    fn connections_on_which_a_request_has_arrived_do_not_give_way() {
        const KEEP_ALIVE: Duration = Duration::from_secs(75);
        let shared = shared(1);
        let mut parking = Parking::default();
        let (now, later) = (Instant::now(), Instant::now() + Duration::from_secs(1));
        let mut admit = |is_used: bool| {
            let (socket, client) = Socket::pair();
            let peer = Arc::new(Peer::new(socket, None, None));
            let (key, lookout) = (parking.next_key(), &shared.lookouts[0]);
            let mut connection = Connection::new(key, Protocol::Http, peer, lookout, now);
            connection.unused_since = (!is_used).then_some(now);
            connection.deadline = Some(now + KEEP_ALIVE);
            parking.admit(Box::new(connection));
            (key, client)
        };
        let mut clients = [false, true, false, true].map(&mut admit);
        for (_, client) in &mut clients[..2] {
            client.write_all(b"GET / HTTP/1.1\r\n").unwrap();
        }
        let mut gave_way = Vec::new();
        while parking.give_way(KEEP_ALIVE, later) {
            let is_gone = |(key, _): &&(Key, _)| parking.slots.get(*key).is_none();
            gave_way.push(clients.iter().filter(is_gone).count());
        }
        assert_eq!(gave_way, [1, 2]);
        let ready = [(); 2].map(|()| parking.next_ready().map(|connection| connection.key));
        assert_eq!(ready, [Some(clients[0].0), Some(clients[1].0)]);
    }

    #[test]
    fn a_connection_on_which_only_an_empty_line_has_come_gives_way_later() {
        let shared = shared(1);
        let mut parking = Parking::default();
        let now = Instant::now();
        let (socket, mut client) = Socket::pair();
        let peer = Arc::new(Peer::new(socket, None, None));
        let (key, lookout) = (parking.next_key(), &shared.lookouts[0]);
        let mut connection = Connection::new(key, Protocol::Http, peer.clone(), lookout, now);
        connection.unused_since = Some(now);
        parking.admit(Box::new(connection));
        let later = |milliseconds| now + Duration::from_millis(milliseconds);
        let give_way = |parking: &mut Parking, at| parking.give_way(Duration::MAX, later(at));
        client.write_all(b"\r\n").unwrap();
        assert!(!give_way(&mut parking, 1_000));
        // It is driven, and remains idle.
        let connection = parking.next_ready().unwrap();
        peer.read(&mut [0; 2]).unwrap();
        assert!(parking.park(connection).is_ok());
        assert!(!give_way(&mut parking, 1_099));
        assert!(give_way(&mut parking, 1_100));
    }

    #[test]
    fn connections_that_have_ended_do_not_pile_up_among_those_that_wait_for_a_spare() {
        let (socket, _client) = Socket::pair();
        let peer = Arc::new(Peer::new(socket, None, None));
        let mut parking = Parking::default();
        for _ in 0..10_000 {
            let key = parking.next_key();
            parking.slots.occupy(key, peer.clone());
            parking.starve(key);
            parking.release(key);
        }
        assert!(parking.starved.len() < 2_000);
    }

    #[test]
    fn connections_that_have_ended_do_not_pile_up_among_those_that_wait_for_room() {
        let (socket, _client) = Socket::pair();
        let peer = Arc::new(Peer::new(socket, None, None));
        let mut parking = Parking::default();
        for _ in 0..10_000 {
            let key = parking.next_key();
            parking.slots.occupy(key, peer.clone());
            parking.crowd(key, Want::Disk);
            parking.release(key);
        }
        assert!(parking.crowd.len() < 2_000);
    }
}
