//! The alarms of a loop's connections.

use std::{cmp::Reverse, collections::BinaryHeap};

use crate::{connections::key::Key, instant::Instant};

/// Alarms, the soonest first. A connection has at most one alarm that counts. A deadline that is
/// put off costs nothing: the alarm rings at the old time and is set again.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    heap: BinaryHeap<Reverse<(Instant, Key)>>,
}

impl Timers {
    pub(crate) fn set(&mut self, at: Instant, key: Key) {
        self.heap.push(Reverse((at, key)));
    }

    /// Drops the alarms that no longer count, once they may be the greater part: a connection that
    /// ends leaves its alarm here. `most` is the number of alarms that may count.
    pub(crate) fn prune(&mut self, most: usize, counts: impl Fn(Instant, Key) -> bool) {
        if self.heap.len() > 2 * most + 1024 {
            self.heap.retain(|Reverse((at, key))| counts(*at, *key));
        }
    }

    /// The time of the next alarm.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }

    /// Takes an alarm whose time has come.
    pub(crate) fn ring(&mut self, now: Instant) -> Option<(Instant, Key)> {
        match self.heap.peek() {
            Some(Reverse((at, _))) if *at <= now => self.heap.pop().map(|Reverse(alarm)| alarm),
            _ => None,
        }
    }
}
