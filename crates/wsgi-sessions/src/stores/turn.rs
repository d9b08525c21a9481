//! One call's turn at a server: how long it waits, and for what.

use std::{
    cell::Cell,
    io, thread,
    time::{Duration, Instant},
};

#[cfg(feature = "redis")]
use super::circuit::PATIENCE;
use super::circuit::Waiting;
use crate::store_error::silent::Silence;

/// The first pause before a call looks for the server again, and the longest one. A server that
/// refuses all calls for a while, as a replica does until it takes over, must not drown in
/// connections.
const RESTS: [Duration; 2] = [Duration::from_millis(10), Duration::from_millis(100)];

/// One call's turn at a server.
pub(crate) struct Turn<'a> {
    waiting: Waiting<'a>,
    /// The time by which an absent server must have been found.
    pub(crate) found_by: Instant,
    /// The time by which the answer must have come.
    late: Instant,
    answer_timeout: Duration,
    /// The next pause.
    rest: Duration,
    /// Whether the server may already have done the request.
    pub(crate) is_repeated: bool,
    let_go: Cell<Option<Silence>>,
}

impl<'a> Turn<'a> {
    pub(crate) fn new(
        waiting: Waiting<'a>,
        now: Instant,
        reconnect_timeout: Duration,
        answer_timeout: Duration,
    ) -> Self {
        Self {
            waiting,
            found_by: now + reconnect_timeout,
            late: now + answer_timeout,
            answer_timeout,
            rest: RESTS[0],
            is_repeated: false,
            let_go: Cell::new(None),
        }
    }

    /// Pauses before another attempt, longer each time, but not past the time by which the server
    /// must have been found.
    pub(crate) fn rest(&mut self) {
        let left = self.found_by.saturating_duration_since(Instant::now());
        thread::sleep(self.rest.min(left));
        self.rest = (self.rest * 2).min(RESTS[1]);
    }

    /// Restarts the time limit of the answer.
    pub(crate) fn renew(&mut self) {
        self.late = Instant::now() + self.answer_timeout;
    }

    /// Returns how long to wait for the server before asking again: at least a millisecond.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::TimedOut`] if the call has waited for its whole timeout, or must stop
    /// waiting for a silent server.
    pub(crate) fn patience(&self) -> io::Result<Duration> {
        self.patience_until(self.late)
    }

    /// Returns the same as [`patience`](Self::patience), but with another deadline.
    pub(crate) fn patience_until(&self, late: Instant) -> io::Result<Duration> {
        let now = Instant::now();
        let left = late.saturating_duration_since(now);
        if left.is_zero() || self.let_go().is_some() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        match self.waiting.patience(now) {
            Ok(patience) => {
                let wait = patience.map_or(left, |patience| patience.min(left));
                Ok(wait.max(Duration::from_millis(1)))
            }
            Err(silence) => {
                self.let_go.set(Some(silence));
                Err(io::ErrorKind::TimedOut.into())
            }
        }
    }

    /// Returns the same as [`patience`](Self::patience), for a wait that cannot be resumed. It is
    /// at least [`PATIENCE`], if there is that much time.
    #[cfg(feature = "redis")]
    pub(crate) fn patience_once(&self) -> io::Result<Duration> {
        let wait = self.patience()?;
        let left = self.late.saturating_duration_since(Instant::now());
        Ok(wait.max(PATIENCE.min(left)))
    }

    /// Returns how long to wait for an answer, if that wait cannot be resumed. A call that may wait
    /// has the rest of its timeout. A request that is repeated could meet its own effect.
    #[cfg(feature = "redis")]
    pub(crate) fn patience_for_answer(&self) -> io::Result<Duration> {
        let wait = self.patience_once()?;
        let left = self.late.saturating_duration_since(Instant::now());
        Ok(match self.waiting.may_wait() {
            true => left.max(wait),
            false => wait,
        })
    }

    /// Whether to go on looking for an absent server.
    pub(crate) fn may_look_on(&self) -> bool {
        self.patience_until(self.found_by).is_ok()
    }

    /// Records that something came from the server.
    pub(crate) fn heard(&self) {
        self.waiting.heard(Instant::now());
    }

    /// Returns the silence for which the call was cut short, if it was.
    pub(crate) fn let_go(&self) -> Option<Silence> {
        self.let_go.get()
    }

    /// Records that the call has waited for its whole timeout. Returns the silence of the server in
    /// the meantime, if it was silent.
    pub(crate) fn gave_up(&self) -> Option<Silence> {
        self.waiting.gave_up(Instant::now())
    }
}
