//! The loop that a connection is best at.
//!
//! Loops are filled, and not evened out: two loops that have half the work each wake twice as
//! often as one that has all of it. So a new connection goes to the first loop that has room, and
//! further loops are used when those before them are saturated. See the glossary of
//! [`workers`](crate::workers).

use std::{sync::atomic::Ordering::*, time::Duration};

use crate::{
    instant::Instant,
    loops::{core::Core, message::Message, shared::Shared, workload::Work},
};

/// The percentage of busy time from which a loop is saturated, and gives connections away.
const SATURATED: u32 = 90;

/// The percentage of busy time below which a loop has room for connections that are new.
const ROOM: u32 = 60;

/// The percentage of busy time below which a loop takes connections of one that is saturated.
const HALF: u32 = 50;

/// The percentage of busy time below which a loop leaves its connections to one before it.
const LITTLE: u32 = 30;

/// The number of connections that a loop is given before it has told a load that shows them.
const MOST_GIVEN: u32 = 64;

/// The time that a connection stays with a loop before it moves again.
const STAY: Duration = Duration::from_secs(1);

/// A decision to give connections to another loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Transfer {
    target: usize,
    /// The share of the connections that were woken last: all of them, each second one, and so on.
    step: usize,
}

impl Shared {
    /// Tells the others the work of this loop in the last window. Decides whether it gives
    /// connections to one of them.
    pub(crate) fn place(&self, own: usize, work: Work, now: Instant) -> Option<Transfer> {
        let time = self.pressure.milliseconds(now);
        self.loops[own].load.tell(work, time);
        if !self.is_serving() {
            return None;
        }
        let told = |index: usize| self.loops[index].load.get(time);
        let takes_more = |index: &usize| self.loops[*index].load.given() < MOST_GIVEN;
        if work.busy < LITTLE {
            let has_room =
                |index: &usize| told(*index).is_some_and(|it| it.busy + work.busy < ROOM);
            let target = (0..own).filter(takes_more).find(has_room)?;
            return Some(Transfer { target, step: 1 });
        }
        if work.busy < SATURATED || self.loops[own].connections.load(Relaxed) < 2 {
            return None;
        }
        let others = (0..self.loops.len()).filter(|index| *index != own);
        let others = others.filter(takes_more).filter_map(|index| {
            let event_loop = &self.loops[index];
            // It sleeps, unless it is held up and cannot tell.
            let asleep = || event_loop.call().is_none().then(Work::default);
            Some((event_loop.load.get(time).or_else(asleep)?, index))
        });
        let others: Vec<_> = others.collect();
        let (least, target) = *others.iter().min_by_key(|(other, _)| other.busy)?;
        if least.busy < HALF {
            return Some(Transfer { target, step: 2 });
        }
        // All have much to do. They are evened out, with some tolerance.
        let (least, target) = *others.iter().min_by_key(|(other, _)| other.backlog)?;
        let surplus = work.backlog.saturating_sub(least.backlog);
        (2 * surplus > least.backlog + 4).then(|| Transfer {
            target,
            step: (2 * work.backlog / surplus) as usize,
        })
    }

    /// Gives connections to another loop, out of those that were woken last and are at rest again:
    /// they are the ones that make work.
    pub(crate) fn transfer(&self, core: &mut Core, own: usize, transfer: Transfer) {
        let Transfer { target, step } = transfer;
        let woken: Vec<_> = core.woken().step_by(step).collect();
        for key in woken.into_iter().take(MOST_GIVEN as usize) {
            let Some(mut connection) = core.part_with(key, STAY) else {
                continue;
            };
            connection.moved = Some(core.now);
            connection.peer.watch.note_loop(target);
            let target_loop = &self.loops[target];
            target_loop.connections.fetch_add(1, SeqCst);
            let message = Message::Moved(connection);
            // A loop looks at its count after it saw that it has to end: it saw this one.
            let refused = match self.is_serving() {
                true => target_loop.send(message).err(),
                false => Some(message),
            };
            let Some(message) = refused else {
                target_loop.load.note_given();
                self.loops[own].connections.fetch_sub(1, SeqCst);
                continue;
            };
            // That loop may have ended. The connection stays.
            target_loop.connections.fetch_sub(1, SeqCst);
            target_loop.wake();
            if let Some(connection) = message.connection() {
                connection.peer.watch.note_loop(own);
                core.take_over(connection);
            }
            return;
        }
    }

    /// The first loop that has room for a new client; `None` if none has, or if there is no choice.
    pub(super) fn loop_with_room(&self, now: Instant) -> Option<usize> {
        if self.loops.len() == 1 {
            return None;
        }
        let time = self.pressure.milliseconds(now);
        let has_room = |index: &usize| {
            let event_loop = &self.loops[*index];
            let has_room = match event_loop.load.get(time) {
                Some(work) => work.busy < ROOM,
                // It sleeps, or is held up and cannot tell.
                None => event_loop.call().is_none(),
            };
            has_room && event_loop.load.given() < MOST_GIVEN
        };
        (0..self.loops.len()).find(has_room)
    }

    /// Whether the clients who wait at this loop are better left to one before it, which has heard
    /// of them too. The first loop leaves them to nobody, so somebody accepts them.
    pub(super) fn leaves_clients(&self, core: &Core, own: usize) -> bool {
        self.is_serving() && self.loop_with_room(core.now).is_some_and(|best| best < own)
    }
}

#[cfg(test)]
mod tests;
