//! Which connection at rest gives way to a new client.
//!
//! Those that never sent a request go first, the oldest of them before the others; then those
//! that have rested longest. Whoever has rested for less than a moment stays: its request may be
//! on its way.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use crate::{
    connections::{connection::Connection, key::Key},
    loops::slots::Slots,
};

/// How long a connection has to be at rest before it gives way.
const AT_LEAST: Duration = Duration::from_millis(200);

/// How long nobody is looked for, once nobody was found.
const PAUSE: Duration = Duration::from_millis(100);

/// Whose turn it is to give way, in the order of turns: whether it was used, and since when it
/// has rested.
pub(crate) type Turn = (bool, Instant);

/// The connections of a loop that may be at rest. What is found here is only taken for a hint:
/// nobody takes note of a request that comes.
#[derive(Default)]
pub(crate) struct Resting {
    /// Those that had no request yet when they were last looked at, in the order they came.
    fresh: VecDeque<Key>,
    /// Others that were at rest at the last look around, with their deadlines: the first to go is
    /// the last.
    used: Vec<(Instant, Key)>,
    /// Until when not to look around again.
    paused: Option<Instant>,
}

impl Resting {
    /// Takes note of a new connection.
    pub(crate) fn admit(&mut self, key: Key, slots: &mut Slots) {
        if self.fresh.len() > 2 * slots.len() + 1024 {
            self.fresh.retain(|key| fresh_since(slots, *key).is_some());
        }
        self.fresh.push_back(key);
    }

    /// The first to go, if anybody is, which rests between requests for `keep_alive` at most.
    pub(super) fn first(
        &mut self,
        slots: &mut Slots,
        keep_alive: Duration,
        now: Instant,
    ) -> Option<(Turn, Key)> {
        while let Some(key) = self.fresh.front() {
            match fresh_since(slots, *key) {
                Some(since) if since + AT_LEAST > now => break, // all that follow are younger
                Some(since) => return Some(((false, since), *key)),
                None => drop(self.fresh.pop_front()),
            }
        }
        if let Some(found) = self.first_used(slots, keep_alive, now) {
            return Some(found);
        }
        if self.paused.is_some_and(|until| now < until) {
            return None;
        }
        self.used = slots
            .at_rest()
            .filter(|(_, _, used)| *used)
            .map(|(key, at, _)| (at, key))
            .collect();
        self.used.sort_unstable_by(|one, other| other.cmp(one));
        let found = self.first_used(slots, keep_alive, now);
        self.paused = found.is_none().then(|| now + PAUSE);
        found
    }

    fn first_used(
        &mut self,
        slots: &mut Slots,
        keep_alive: Duration,
        now: Instant,
    ) -> Option<(Turn, Key)> {
        while let Some((deadline, key)) = self.used.last() {
            let is_same = |(at, used)| used && at == *deadline;
            if rest(slots, *key).is_some_and(is_same) {
                let since = deadline.checked_sub(keep_alive)?;
                return (since + AT_LEAST <= now).then_some(((true, since), *key));
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

/// Since when a connection waits for its first request, if it does.
fn fresh_since(slots: &mut Slots, key: Key) -> Option<Instant> {
    let connection = slots.get(key)?.connection.as_ref()?;
    connection.fresh.filter(|_| connection.is_idle())
}

/// The deadline of a connection at rest, and whether it was used.
fn rest(slots: &mut Slots, key: Key) -> Option<(Instant, bool)> {
    let slot = slots.get(key)?;
    let connection: &Connection = slot.connection.as_ref().filter(|rests| rests.is_idle())?;
    Some((slot.deadline?, connection.fresh.is_none()))
}
