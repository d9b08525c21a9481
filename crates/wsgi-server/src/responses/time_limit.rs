//! The time that a response may take.

use std::{sync::Arc, time::Duration};

use crate::{
    instant::Instant,
    peers::{agenda::Moment, cutoffs::Cutoffs, peer::Peer},
};

/// The time that a response may take from its head to its last byte. Earlier responses are sent
/// before its application is called.
pub(crate) struct TimeLimit<'a> {
    timeout: Duration,
    cutoffs: &'a Cutoffs,
    /// The end of the time.
    end: Option<Instant>,
    /// The same, for the thread's buffer when the application has returned. Until the head, that of
    /// the response before.
    out_end: &'a mut Option<Instant>,
    /// The watch over the application, once a part of the response was sent. It is removed by hand,
    /// so that a response without a limit has nothing to drop.
    cutoff: Option<Moment>,
}

impl<'a> TimeLimit<'a> {
    /// The limit of a response, if there is a time-out.
    #[inline]
    pub(crate) fn new(
        timeout: Option<Duration>,
        cutoffs: &'a Cutoffs,
        out_end: &'a mut Option<Instant>,
    ) -> Option<Self> {
        timeout.map(|timeout| Self {
            timeout,
            cutoffs,
            end: None,
            out_end,
            cutoff: None,
        })
    }

    /// Begins the time, with the head.
    pub(super) fn begin(&mut self) {
        self.end = Some(Instant::now() + self.timeout);
        *self.out_end = self.end;
    }

    /// Begins to send what is in the buffer. Returns the end of the time for that, or `Err` if it
    /// has passed. From here on the connection is cut at the end, whatever the application does.
    pub(super) fn begin_send(&mut self, peer: &Arc<Peer>) -> Result<Option<Instant>, Passed> {
        if self.out_end.is_some_and(|end| Instant::now() >= end) {
            return Err(Passed);
        }
        if let (Some(end), None) = (self.end, self.cutoff) {
            self.cutoff = Some(self.cutoffs.add(end, peer));
        }
        Ok(*self.out_end)
    }

    /// Whether the time is up.
    pub(super) fn has_passed(&self) -> bool {
        self.end.is_some_and(|end| Instant::now() >= end)
    }

    /// Whether the application has ended the response in time. It is not watched any longer.
    pub(super) fn is_kept(&mut self) -> bool {
        self.end.is_none_or(|end| {
            let cutoff = self.cutoff.take();
            let was_cut = cutoff.is_some_and(|cutoff| !self.cutoffs.remove(cutoff));
            !was_cut && Instant::now() < end
        })
    }
}

/// The time of a response has passed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Passed;
