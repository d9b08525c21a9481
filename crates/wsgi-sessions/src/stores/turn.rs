//! One call's turn at a server: how long it waits, and for what.

use std::cell::Cell;
use std::io;
use std::time::{Duration, Instant};

#[cfg(feature = "redis")]
use super::circuit::PATIENCE;
use super::circuit::Waiting;
use crate::store_error::silent::Silence;

/// One call's turn at a server.
pub(crate) struct Turn<'a> {
    waiting: Waiting<'a>,
    /// When a server that is not there has to have been found.
    pub(crate) found_by: Instant,
    /// When the answer has to be there.
    late: Instant,
    answer_timeout: Duration,
    /// Whether the server may have done the request before.
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
            is_repeated: false,
            let_go: Cell::new(None),
        }
    }

    /// Gives the answer its whole time anew.
    pub(crate) fn renew(&mut self) {
        self.late = Instant::now() + self.answer_timeout;
    }

    /// How long to wait for the server at once, before asking again: a millisecond at least.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::TimedOut`] where the call has waited for as long as it may, or has to let go
    /// of a server that is silent.
    pub(crate) fn patience(&self) -> io::Result<Duration> {
        self.patience_until(self.late)
    }

    /// As [`patience`](Self::patience), but until another time.
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

    /// As [`patience`](Self::patience), for a wait that cannot be taken up again: it is no shorter
    /// than any call waits, where there is the time.
    #[cfg(feature = "redis")]
    pub(crate) fn patience_once(&self) -> io::Result<Duration> {
        let wait = self.patience()?;
        let left = self.late.saturating_duration_since(Instant::now());
        Ok(wait.max(PATIENCE.min(left)))
    }

    /// Whether to go on looking for a server that is not there.
    pub(crate) fn may_look_on(&self) -> bool {
        self.patience_until(self.found_by).is_ok()
    }

    /// Something has come from the server.
    pub(crate) fn heard(&self) {
        self.waiting.heard(Instant::now());
    }

    /// Why the call was let go, if it was.
    pub(crate) fn let_go(&self) -> Option<Silence> {
        self.let_go.get()
    }

    /// The call has waited for as long as it may. Says what the server did meanwhile, if nothing.
    pub(crate) fn gave_up(&self) -> Option<Silence> {
        self.waiting.gave_up(Instant::now())
    }
}
