//! The turns of idle connections to give way, as loops tell them to each other.

use std::{
    sync::atomic::{AtomicU64, AtomicUsize, Ordering::*},
    time::Duration,
};

use crate::{instant::Instant, loops::idle_connections::Seniority};

/// The server's clock for turns, and its account of the connections that gave way.
#[derive(Debug)]
pub(crate) struct Pressure {
    /// When the server began; times are counted from here.
    since: Instant,
    /// The number of connections that gave way since the last line in the log.
    closed: AtomicUsize,
    /// When the next line may follow, in milliseconds; 0 for now.
    line: AtomicU64,
}

/// A turn as a number that grows with later turns, so that loops can exchange it.
pub(crate) type SeniorityNumber = u64;

/// No connection can give way.
pub(super) const NOBODY: SeniorityNumber = SeniorityNumber::MAX;

/// The highest bit of a turn says whether the connection was used.
const USED: SeniorityNumber = 1 << 63;

/// The time between two lines in the log.
const LINE: Duration = Duration::from_secs(60);

impl Pressure {
    pub(crate) fn new() -> Self {
        Pressure {
            since: Instant::now(),
            closed: AtomicUsize::new(0),
            line: AtomicU64::new(0),
        }
    }

    pub(super) fn milliseconds(&self, at: Instant) -> u64 {
        let time = at.saturating_duration_since(self.since).as_millis();
        u64::try_from(time).unwrap_or(NOBODY / 4) + 1
    }

    pub(super) fn number(&self, turn: Option<Seniority>) -> SeniorityNumber {
        let Some(turn) = turn else {
            return NOBODY;
        };
        self.milliseconds(turn.idle_since) | if turn.is_used { USED } else { 0 }
    }

    /// Notes that `closed` connections gave way. Returns the number for a line in the log, if
    /// one is due.
    pub(super) fn note(&self, closed: usize, now: Instant) -> Option<usize> {
        self.closed.fetch_add(closed, Relaxed);
        let (now, line) = (self.milliseconds(now), self.line.load(Relaxed));
        let next = now + LINE.as_millis() as u64;
        let exchange = || self.line.compare_exchange(line, next, Relaxed, Relaxed);
        (now >= line && exchange().is_ok()).then(|| self.closed.swap(0, Relaxed))
    }
}

/// The turn that a loop told last, for the others to read.
#[derive(Debug, Default)]
pub(crate) struct Offer {
    turn: AtomicU64,
    /// When it was told, in milliseconds; 0 for never.
    at: AtomicU64,
}

/// The time that an offer counts.
const VALID: Duration = Duration::from_secs(1);

impl Offer {
    /// The turn, unless it was told too long ago.
    pub(super) fn get(&self, now: u64) -> Option<SeniorityNumber> {
        let at = self.at.load(Acquire);
        (at > 0 && now < at + VALID.as_millis() as u64).then(|| self.turn.load(Relaxed))
    }

    pub(super) fn set(&self, turn: SeniorityNumber, now: u64) {
        self.turn.store(turn, Relaxed);
        self.at.store(now, Release);
    }
}

/// A loop's appeal to the others for room.
#[derive(Default)]
pub(crate) struct Appeal {
    /// The number of loops that were asked and have not answered.
    asked: usize,
    /// When to look again whether there is room.
    look_again: Option<Instant>,
}

/// The time that a loop waits for an answer.
const ANSWER: Duration = Duration::from_millis(100);

impl Appeal {
    /// Whether answers are still waited for.
    pub(super) fn is_pending(&self, now: Instant) -> bool {
        self.asked > 0 && self.look_again.is_some_and(|at| now < at)
    }

    /// Begins an appeal to this number of loops.
    pub(super) fn begin(&mut self, asked: usize, now: Instant) {
        self.asked = asked;
        self.look_again = Some(now + ANSWER);
    }

    pub(super) fn note_answer(&mut self) {
        self.asked = self.asked.saturating_sub(1);
    }

    pub(super) fn look_again(&self) -> Option<Instant> {
        self.look_again
    }

    /// Ends a wait for answers that took too long.
    pub(super) fn wake(&mut self, now: Instant) {
        if self.look_again.is_some_and(|at| at <= now) {
            self.look_again = None;
        }
    }
}
