//! The idle connections of a loop, in the order in which they give way to new clients.
//!
//! Connections that never had a request go first, the oldest before the others. Then come those
//! that have been idle longest. A connection that has been idle for less than a moment stays: its
//! request may be on its way.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
    mem,
    time::Duration,
};

use crate::{
    connections::key::Key,
    instant::Instant,
    loops::slots::{Idle, Slots},
};

/// The time that a connection has to be idle before it gives way.
const MIN_IDLE: Duration = Duration::from_millis(200);

/// The time until the next search, after one that found nothing.
const PAUSE: Duration = Duration::from_millis(100);

/// The turn of a connection to give way. Turns are in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Seniority {
    /// Whether the connection had a request.
    pub(crate) is_used: bool,
    pub(crate) idle_since: Instant,
}

/// The connections of a loop that may be idle. They are hints: a request that comes is not noted
/// here.
#[derive(Default)]
pub(crate) struct IdleConnections {
    /// Connections that had no request when they were last looked at, in the order they came.
    fresh: VecDeque<Key>,
    /// Those that came before them, but which a thread drove when they were last looked at or on
    /// which something had come. It may be that no request comes of it.
    put_off: VecDeque<Key>,
    /// When those that were put off are looked at again.
    put_off_until: Option<Instant>,
    /// Other connections that were idle at the last search, with their deadlines. The earliest
    /// gives way first.
    used: BinaryHeap<Reverse<(Instant, Key)>>,
    /// When to search again.
    paused: Option<Instant>,
}

impl IdleConnections {
    /// Notes a new connection.
    pub(crate) fn admit(&mut self, key: Key, slots: &mut Slots) {
        if self.fresh.len() + self.put_off.len() > 2 * slots.len() + 1024 {
            let mut is_unused = |key| !matches!(Unused::of(slots, key), Unused::No);
            self.fresh.retain(|key| is_unused(*key));
            self.put_off.retain(|key| is_unused(*key));
        }
        self.fresh.push_back(key);
    }

    /// The connection whose turn is the first. Connections may be idle for `keep_alive`.
    pub(super) fn first(
        &mut self,
        slots: &mut Slots,
        keep_alive: Duration,
        now: Instant,
    ) -> Option<(Seniority, Key)> {
        if self.put_off_until.take_if(|until| *until <= now).is_some() {
            self.put_off.append(&mut self.fresh);
            mem::swap(&mut self.put_off, &mut self.fresh);
        }
        while let Some(key) = self.fresh.front() {
            match Unused::of(slots, *key) {
                Unused::Idle(since) if since + MIN_IDLE > now => break, // the others are younger
                Unused::Idle(idle_since) => {
                    let is_used = false;
                    let turn = Seniority {
                        is_used,
                        idle_since,
                    };
                    return Some((turn, *key));
                }
                Unused::Busy => self.put_off(now),
                Unused::No => drop(self.fresh.pop_front()),
            }
        }
        if let Some(found) = self.first_used(slots, keep_alive, now) {
            return Some(found);
        }
        if self.paused.is_some_and(|until| now < until) {
            return None;
        }
        let used = slots.all_idle().filter(|idle| idle.unused_since.is_none());
        self.used = used
            .map(|idle| Reverse((idle.deadline, idle.key)))
            .collect();
        let found = self.first_used(slots, keep_alive, now);
        self.paused = found.is_none().then(|| now + PAUSE);
        found
    }

    fn first_used(
        &mut self,
        slots: &mut Slots,
        keep_alive: Duration,
        now: Instant,
    ) -> Option<(Seniority, Key)> {
        while let Some(Reverse((deadline, key))) = self.used.peek() {
            let is_same = |idle: Idle| idle.unused_since.is_none() && idle.deadline == *deadline;
            if slots.idle(*key).is_some_and(is_same) {
                let idle_since = deadline.checked_sub(keep_alive)?;
                let is_used = true;
                let turn = Seniority {
                    is_used,
                    idle_since,
                };
                return (idle_since + MIN_IDLE <= now).then_some((turn, *key));
            }
            self.used.pop();
        }
        None
    }

    /// Leaves out the connection that was [first](Self::first) and on which something has come.
    pub(super) fn pass_over(&mut self, key: Key, now: Instant) {
        if self.fresh.front() == Some(&key) {
            self.put_off(now);
        } else {
            self.used.pop();
        }
    }

    /// Leaves out the first connection without a request, for longer than the present search.
    fn put_off(&mut self, now: Instant) {
        self.put_off.extend(self.fresh.pop_front());
        self.put_off_until.get_or_insert(now + PAUSE);
    }
}

/// Whether a connection waits for its first request.
enum Unused {
    /// It has been idle since it was accepted.
    Idle(Instant),
    /// A thread drives it, or something has come on it.
    Busy,
    /// It had one, or has ended.
    No,
}

impl Unused {
    fn of(slots: &mut Slots, key: Key) -> Self {
        let Some(slot) = slots.get(key) else {
            return Self::No;
        };
        let Some(connection) = &slot.connection else {
            return Self::Busy;
        };
        match connection.unused_since {
            Some(since) if connection.is_idle() => Self::Idle(since),
            Some(_) => Self::Busy,
            None => Self::No,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{os::unix::net::UnixStream, sync::Arc};

    use super::*;
    use crate::{
        connections::connection::Connection,
        loops::shared::tests::shared,
        peers::{peer::Peer, socket::Socket},
        protocol::Protocol,
    };

    const KEEP_ALIVE: Duration = Duration::from_secs(75);

    /// The idle connections of a loop, and the time since it began.
    struct Idle {
        idle: IdleConnections,
        slots: Slots,
        began: Instant,
        clients: Vec<UnixStream>,
    }

    impl Idle {
        fn new() -> Self {
            Self {
                idle: IdleConnections::default(),
                slots: Slots::default(),
                began: Instant::now(),
                clients: Vec::new(),
            }
        }

        /// Adds a connection that is idle since this number of milliseconds.
        fn admit(&mut self, is_used: bool, since: u64) -> Key {
            let (socket, client) = Socket::pair();
            self.clients.push(client);
            let peer = Arc::new(Peer::new(socket, None, None));
            let key = self.slots.next_key();
            let since = self.began + Duration::from_millis(since);
            let lookout = &shared(1).lookouts[0];
            let mut connection = Connection::new(key, Protocol::Http, peer.clone(), lookout, since);
            connection.unused_since = (!is_used).then_some(since);
            self.slots.occupy(key, peer);
            let slot = self.slots.get(key).unwrap();
            slot.connection = Some(Box::new(connection));
            slot.deadline = Some(since + KEEP_ALIVE);
            self.idle.admit(key, &mut self.slots);
            key
        }

        /// The first one after this number of milliseconds.
        fn first(&mut self, at: u64) -> Option<Key> {
            let now = self.began + Duration::from_millis(at);
            let (_, key) = self.idle.first(&mut self.slots, KEEP_ALIVE, now)?;
            Some(key)
        }

        /// The order in which they give way after this number of milliseconds.
        fn order(&mut self, at: u64) -> Vec<Key> {
            let mut order = Vec::new();
            while let Some(key) = self.first(at) {
                self.slots.release(key);
                order.push(key);
            }
            order
        }
    }

    #[test]
    fn unused_connections_are_first_and_then_those_that_have_been_idle_longest() {
        let mut idle = Idle::new();
        let young = idle.admit(true, 500);
        let unused = idle.admit(false, 600);
        let old = idle.admit(true, 0);
        let later_unused = idle.admit(false, 700);
        let older = idle.admit(true, 100);
        assert_eq!(idle.order(1_000), [unused, later_unused, old, older, young]);
    }

    #[test]
    fn a_connection_that_became_idle_a_moment_ago_stays() {
        let mut idle = Idle::new();
        let used = idle.admit(true, 0);
        let unused = idle.admit(false, 150);
        assert_eq!(idle.first(199), None);
        assert_eq!(idle.first(200), Some(used));
        assert_eq!(idle.first(349), Some(used), "the other is too young");
        assert_eq!(idle.order(350), [unused, used]);
    }

    #[test]
    fn a_search_that_finds_nothing_is_followed_by_a_pause() {
        let mut idle = Idle::new();
        assert_eq!(idle.first(1_000), None);
        let used = idle.admit(true, 0);
        assert_eq!(idle.first(1_099), None);
        assert_eq!(idle.first(1_100), Some(used));
    }

    #[test]
    fn a_connection_that_was_used_meanwhile_has_another_turn() {
        let mut idle = Idle::new();
        let [first, second, unused] =
            [(true, 0), (true, 10), (false, 20)].map(|(is_used, since)| idle.admit(is_used, since));
        assert_eq!(idle.first(210), Some(first));
        for (key, since) in [(first, 1_000), (unused, 500)] {
            let slot = idle.slots.get(key).unwrap();
            slot.connection.as_mut().unwrap().unused_since = None;
            slot.deadline = Some(idle.began + Duration::from_millis(since) + KEEP_ALIVE);
        }
        assert_eq!(idle.order(1_199), [second, unused]);
        assert_eq!(idle.order(1_300), [first]);
    }

    #[test]
    fn a_connection_on_which_something_has_come_is_left_out() {
        let mut idle = Idle::new();
        let [first, second] = [0, 10].map(|since| idle.admit(true, since));
        assert_eq!(idle.first(1_000), Some(first));
        idle.slots.get(first).unwrap().queued = true;
        assert_eq!(idle.order(1_000), [second]);
        idle.slots.get(first).unwrap().queued = false;
        assert_eq!(idle.order(1_100), [first]);
    }

    #[test]
    fn an_unused_connection_on_which_no_request_has_come_is_put_off_and_keeps_its_turn() {
        let mut idle = Idle::new();
        let used = idle.admit(true, 0);
        let [away, second, third] = [10, 20, 30].map(|since| idle.admit(false, since));
        let connection = idle.slots.get(away).unwrap().connection.take();
        assert_eq!(idle.first(1_000), Some(second));
        idle.idle
            .pass_over(second, idle.began + Duration::from_secs(1));
        assert_eq!(idle.first(1_000), Some(third));
        idle.slots.get(away).unwrap().connection = connection;
        let young = idle.admit(false, 1_050);
        assert_eq!(idle.first(1_099), Some(third));
        assert_eq!(idle.order(1_100), [away, second, third, used]);
        assert_eq!(idle.order(1_250), [young]);
    }

    #[test]
    fn connections_that_have_ended_do_not_pile_up_among_those_that_were_put_off() {
        let mut idle = Idle::new();
        let (socket, _client) = Socket::pair();
        let peer = Arc::new(Peer::new(socket, None, None));
        for _ in 0..10_000 {
            let key = idle.slots.next_key();
            idle.slots.occupy(key, peer.clone());
            idle.idle.admit(key, &mut idle.slots);
            assert_eq!(idle.first(0), None);
            idle.slots.release(key);
        }
        assert!(idle.idle.put_off.len() < 2_000);
    }
}
