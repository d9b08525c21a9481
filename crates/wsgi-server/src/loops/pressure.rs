//! Making room for new clients, at the limit of connections or of the system's descriptors.
//!
//! The loop that has no room asks the others whose turn it is to have a connection give way, if it
//! has not heard of late; then it closes one of its own, or has the loop close one whose turn it
//! is. So the order holds across loops, about: what others say may be a second old.

use std::{
    fmt,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering::*},
    time::{Duration, Instant},
};

use crate::loops::{core::Core, event_loop::Return, resting::Turn, shared::Shared};

/// What there is none left of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shortage {
    Places,
    Descriptors,
}

/// How long an answer is waited for, and an answer counts.
const ANSWER: Duration = Duration::from_millis(100);
const VALID: Duration = Duration::from_secs(1);

/// How often the log tells of it.
const LINE: Duration = Duration::from_secs(60);

/// What a loop said last of whose turn it is with it: a number that grows with later turns.
#[derive(Debug, Default)]
pub(crate) struct Offer {
    turn: AtomicU64,
    /// When it said so, in milliseconds; 0 for never.
    at: AtomicU64,
}

/// No connection can give way.
const NOBODY: u64 = u64::MAX;

/// A number says first whether a connection was used.
const USED: u64 = 1 << 63;

/// What becomes of pressure in the log.
#[derive(Debug)]
pub(crate) struct Pressure {
    /// When the server began, from which time is counted.
    since: Instant,
    /// How many connections gave way since the last line.
    closed: AtomicUsize,
    /// When the next line may follow, in milliseconds; 0 for now.
    line: AtomicU64,
}

/// A line for the log.
pub(crate) struct Notice {
    shortage: Shortage,
    most: usize,
    closed: usize,
}

impl Pressure {
    pub(crate) fn new() -> Self {
        Pressure {
            since: Instant::now(),
            closed: AtomicUsize::new(0),
            line: AtomicU64::new(0),
        }
    }

    fn milliseconds(&self, at: Instant) -> u64 {
        let time = at.saturating_duration_since(self.since).as_millis();
        u64::try_from(time).unwrap_or(NOBODY / 4) + 1
    }

    fn number(&self, turn: Option<Turn>) -> u64 {
        let Some((used, since)) = turn else {
            return NOBODY;
        };
        self.milliseconds(since) | if used { USED } else { 0 }
    }

    /// Takes note that a connection gave way, or that none could. Says whether the log is to be told.
    fn note(&self, closed: usize, now: Instant) -> bool {
        self.closed.fetch_add(closed, Relaxed);
        let (now, line) = (self.milliseconds(now), self.line.load(Relaxed));
        let next = now + LINE.as_millis() as u64;
        now >= line
            && self
                .line
                .compare_exchange(line, next, Relaxed, Relaxed)
                .is_ok()
    }
}

impl Offer {
    /// What was said, if that is not too long ago.
    fn get(&self, now: u64) -> Option<u64> {
        let at = self.at.load(Acquire);
        (at > 0 && now < at + VALID.as_millis() as u64).then(|| self.turn.load(Relaxed))
    }

    fn set(&self, turn: u64, now: u64) {
        self.turn.store(turn, Relaxed);
        self.at.store(now, Release);
    }
}

impl Shared {
    /// Has a connection at rest give way where there is no room for a client that waits. Says
    /// whether there is room now; else the loop is told when there may be.
    pub(super) fn make_room(&self, core: &mut Core, own: usize, shortage: Shortage) -> bool {
        let now = core.now;
        if core.asked > 0 && core.look_again.is_some_and(|at| now < at) || !core.is_awaited() {
            return false;
        }
        core.asked = 0;
        let keep_alive = self.config.options.keep_alive;
        let turn = core.turn_to_give_way(keep_alive);
        let mut first = (self.pressure.number(turn), own);
        let time = self.pressure.milliseconds(now);
        for (other, station) in self
            .loops
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != own)
        {
            match station.offer.get(time) {
                Some(turn) => first = first.min((turn, other)),
                None => core.asked += usize::from(station.give(Return::Tell(own)).is_ok()),
            }
        }
        core.look_again = Some(now + ANSWER);
        if core.asked > 0 {
            return false;
        }
        let is_made = match first {
            (NOBODY, _) => false,
            (turn, other) if other != own => {
                let ask = Return::GiveWay(own, turn, shortage);
                core.asked = usize::from(self.loops[other].give(ask).is_ok());
                return false;
            }
            _ => self.give_way(core, own),
        };
        self.note(core, shortage, usize::from(is_made));
        is_made
    }

    /// Has a connection of this loop give way for another one, if it is still needed and
    /// its turn is still this one or before. The other loop is told.
    pub(crate) fn give_way_to(
        &self,
        core: &mut Core,
        own: usize,
        asking: usize,
        turn: u64,
        shortage: Shortage,
    ) {
        let first = core.turn_to_give_way(self.config.options.keep_alive);
        // At the end only the asking loop knows who waits there.
        let is_needed = core.drained.is_some() || core.is_awaited();
        if self.pressure.number(first) <= turn && is_needed && self.give_way(core, own) {
            // The asking loop may find room now, and have no reason to come back to this.
            self.note(core, shortage, 1);
        }
        self.tell(core, own, asking);
    }

    /// Notes that `closed` connections gave way, and has the loop write a line to the log when
    /// one is due.
    fn note(&self, core: &mut Core, shortage: Shortage, closed: usize) {
        if self.pressure.note(closed, core.now) {
            core.notice = Some(Notice {
                shortage,
                most: self.config.options.max_connections,
                closed: self.pressure.closed.swap(0, Relaxed),
            });
        }
    }

    /// Tells another loop whose turn it is with this one.
    pub(crate) fn tell(&self, core: &mut Core, own: usize, asking: usize) {
        let turn = core.turn_to_give_way(self.config.options.keep_alive);
        let now = self.pressure.milliseconds(core.now);
        self.loops[own].offer.set(self.pressure.number(turn), now);
        let _ = self.loops[asking].give(Return::Told); // it may have ended
    }

    fn give_way(&self, core: &mut Core, own: usize) -> bool {
        let is_closed = core.give_way(self.config.options.keep_alive);
        if is_closed {
            self.left(own, 1);
        }
        is_closed
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.shortage {
            Shortage::Places => {
                let most = self.most;
                write!(f, "there are {most} connections, the most there may be")
            }
            Shortage::Descriptors => {
                f.write_str("the system gives no further descriptor (see `ulimit -n`)")
            }
        }?;
        match self.closed {
            0 => f.write_str(": new clients wait"),
            1 => f.write_str(": one at rest was closed for a new client"),
            closed => write!(f, ": {closed} at rest were closed for new clients"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use super::*;
    use crate::{
        loops::{acceptor::Arrival, shared::tests::shared},
        peers::socket::Socket,
        protocol::Protocol,
    };

    #[test]
    fn at_the_end_a_loop_that_listens_no_more_makes_room_for_one_whose_clients_wait() {
        let shared = shared(2);
        let (ours, _client) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let arrival = Arrival {
            protocol: Protocol::Http,
            socket: Socket::Unix(mio::net::UnixStream::from_std(ours)),
            address: None,
        };
        let mut core = shared.loops[1].begin();
        assert!(shared.places.take());
        shared.loops[1].connections.fetch_add(1, SeqCst);
        shared.take_in(&mut core, 1, arrival);
        core.drain();
        core.now += Duration::from_secs(1);
        let turn = core.turn_to_give_way(shared.config.options.keep_alive);
        assert!(turn.is_some());
        let turn = shared.pressure.number(turn);
        shared.give_way_to(&mut core, 1, 0, turn, Shortage::Places);
        assert_eq!(core.slots.len(), 0);
        let notice = core.notice.as_ref().map(Notice::to_string);
        let line = "there are 65536 connections, the most there may be: \
                    one at rest was closed for a new client";
        assert_eq!(notice.as_deref(), Some(line));
    }
}
