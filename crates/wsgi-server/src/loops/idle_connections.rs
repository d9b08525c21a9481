//! The idle connections of a loop, in the order in which they give way to new clients.
//!
//! Connections that never had a request go first, the oldest before the others. Then come those
//! that have been idle longest. A connection that has been idle for less than a moment stays: its
//! request may be on its way.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
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
    /// Other connections that were idle at the last search, with their deadlines. The earliest
    /// gives way first.
    used: BinaryHeap<Reverse<(Instant, Key)>>,
    /// When to search again.
    paused: Option<Instant>,
}

impl IdleConnections {
    /// Notes a new connection.
    pub(crate) fn admit(&mut self, key: Key, slots: &mut Slots) {
        if self.fresh.len() > 2 * slots.len() + 1024 {
            self.fresh.retain(|key| unused_since(slots, *key).is_some());
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
        while let Some(key) = self.fresh.front() {
            match unused_since(slots, *key) {
                Some(since) if since + MIN_IDLE > now => break, // the others are younger
                Some(idle_since) => {
                    let is_used = false;
                    let turn = Seniority {
                        is_used,
                        idle_since,
                    };
                    return Some((turn, *key));
                }
                None => drop(self.fresh.pop_front()),
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

    /// Leaves out the connection that was [first](Self::first).
    pub(super) fn pass_over(&mut self, key: Key) {
        if self.fresh.front() == Some(&key) {
            self.fresh.pop_front();
        } else {
            self.used.pop();
        }
    }
}

/// When a connection was accepted, if it waits for its first request.
fn unused_since(slots: &mut Slots, key: Key) -> Option<Instant> {
    let connection = slots.get(key)?.connection.as_ref()?;
    connection.unused_since.filter(|_| connection.is_idle())
}
