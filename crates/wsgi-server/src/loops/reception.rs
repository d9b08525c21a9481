//! The part of a loop that accepts clients.

use std::{collections::VecDeque, io};

use crate::{
    counting::recorder::Recorder,
    event_queue::{EventQueue, Token},
    instant::Instant,
    listeners::listener::Listener,
    loops::{
        acceptor::{Acceptor, Arrival},
        connection_limit::ConnectionLimit,
        shortage::Shortage,
    },
};

/// The listening sockets of a loop, and the clients that it has accepted from them but that are
/// not connections yet.
#[derive(Debug, Default)]
pub(crate) struct Reception {
    acceptors: Vec<Acceptor>,
    /// Whether an acceptor may have a client, now or after a pause.
    is_open: bool,
    /// Whether the server is shutting down, so that only clients who wait already are accepted.
    is_closing: bool,
    /// Whether the last client found no place. The loop tries again when it wakes; a loop that
    /// gives a place back wakes it.
    is_full: bool,
    /// The resource that was missing when accepting stopped.
    shortage: Option<Shortage>,
    /// The last error of an acceptor that tells of no shortage, until the log hears of it.
    failure: Option<io::Error>,
    /// Clients that have a place, on their way to a loop.
    arrivals: VecDeque<Arrival>,
    /// Clients that were accepted during a shutdown and have no place yet.
    waiting: VecDeque<Arrival>,
    /// The number of clients that may still be accepted, if it is limited.
    quota: Option<usize>,
    recorder: Recorder,
}

/// Clients that one acceptor accepts before the connections have their turn.
const BATCH: usize = 64;

impl Reception {
    /// A reception for clients of `listeners`.
    pub(crate) fn new(
        listeners: &[Listener],
        event_queue: &EventQueue,
        recorder: Recorder,
    ) -> io::Result<Self> {
        let acceptors = listeners.iter().enumerate();
        let acceptors =
            acceptors.map(|(number, listener)| Acceptor::new(listener, event_queue, number));
        Ok(Reception {
            acceptors: acceptors.collect::<io::Result<_>>()?,
            is_open: true,
            recorder,
            ..Reception::default()
        })
    }

    /// Limits the clients that are accepted to this number.
    pub(crate) fn limit(&mut self, quota: usize) {
        self.quota = Some(quota);
    }

    pub(crate) fn is_limited(&self) -> bool {
        self.quota.is_some()
    }

    /// Whether a client may be waiting, now or after a pause.
    #[inline]
    pub(crate) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Marks the acceptor of an event as ready, unless it is gone.
    pub(crate) fn mark_ready(&mut self, token: Token) {
        let mut acceptors = self.acceptors.iter_mut();
        if let Some(acceptor) = acceptors.find(|acceptor| acceptor.token() == token) {
            acceptor.mark_ready();
            self.is_open = true;
        }
    }

    /// Whether a client can be accepted at once, as far as is known.
    pub(crate) fn is_ready(&self, now: Instant) -> bool {
        let is_ready = |acceptor: &Acceptor| acceptor.is_ready(now);
        self.is_open
            && !self.is_full
            && (!self.waiting.is_empty() || self.acceptors.iter().any(is_ready))
    }

    /// The end of the first pause of an acceptor.
    pub(crate) fn paused_until(&self) -> Option<Instant> {
        if !self.is_open || self.is_full {
            return None;
        }
        let pauses = self.acceptors.iter().filter_map(Acceptor::paused_until);
        pauses.min()
    }

    /// Accepts waiting clients for whom there are places, up to a bound, so that the connections
    /// have their turn. [`next_arrival`](Self::next_arrival) returns them. Returns true if
    /// another loop waits for a place that was not needed.
    pub(crate) fn accept(
        &mut self,
        limit: &ConnectionLimit,
        event_queue: &EventQueue,
        now: Instant,
    ) -> bool {
        if self.is_closing && self.quota.is_none() {
            self.accept_last(limit, event_queue, now);
            return false;
        }
        let is_awaited = self.accept_batch(limit, now);
        if !self.is_full {
            if self.is_closing {
                self.keep_acceptors(event_queue, |acceptor| acceptor.may_have_more());
            }
            self.is_open =
                self.quota != Some(0) && self.acceptors.iter().any(Acceptor::may_have_more);
        }
        is_awaited
    }

    fn accept_batch(&mut self, limit: &ConnectionLimit, now: Instant) -> bool {
        let mut is_awaited = false;
        self.is_full = false;
        for acceptor in &mut self.acceptors {
            for _ in 0..BATCH {
                if self.quota == Some(0) || !acceptor.is_ready(now) {
                    break;
                }
                if !limit.take() {
                    self.is_full = true;
                    self.shortage = Some(Shortage::ConnectionLimit);
                    return is_awaited;
                }
                let Some(arrival) = acceptor.accept(now, &self.recorder) else {
                    is_awaited |= limit.give_back();
                    if acceptor.is_short() {
                        self.shortage = Some(Shortage::Descriptors);
                    }
                    self.failure = acceptor.take_failure().or(self.failure.take());
                    break;
                };
                if let Some(quota) = &mut self.quota {
                    *quota -= 1;
                }
                self.arrivals.push_back(arrival);
            }
        }
        is_awaited
    }

    /// Accepts every client that waits when the server shuts down, so that the queue ends:
    /// clients that come later find nobody listening. Those without a place wait here.
    fn accept_last(&mut self, limit: &ConnectionLimit, event_queue: &EventQueue, now: Instant) {
        for acceptor in &mut self.acceptors {
            while acceptor.is_ready(now)
                && let Some(arrival) = acceptor.accept(now, &self.recorder)
            {
                self.waiting.push_back(arrival);
            }
            if acceptor.is_short() {
                self.shortage = Some(Shortage::Descriptors);
            }
            self.failure = acceptor.take_failure().or(self.failure.take());
        }
        self.keep_acceptors(event_queue, |acceptor| acceptor.may_have_more());
        while !self.waiting.is_empty() {
            if !limit.take() {
                self.is_full = true;
                self.shortage = Some(Shortage::ConnectionLimit);
                break;
            }
            self.arrivals.extend(self.waiting.pop_front());
        }
        self.is_open = !self.waiting.is_empty() || !self.acceptors.is_empty();
    }

    /// Takes the next client that was accepted and has a place.
    pub(crate) fn next_arrival(&mut self) -> Option<Arrival> {
        self.arrivals.pop_front()
    }

    /// Takes the resource that was missing when accepting stopped.
    pub(crate) fn take_shortage(&mut self) -> Option<Shortage> {
        self.shortage.take()
    }

    /// Takes the error of an acceptor that tells of no shortage.
    pub(crate) fn take_failure(&mut self) -> Option<io::Error> {
        self.failure.take()
    }

    /// Whether a client waits indeed, to be accepted or for a place. If none does, accepting
    /// goes on with the next one, whatever was missing.
    pub(crate) fn is_awaited(&mut self) -> bool {
        let mut is_awaited = !self.waiting.is_empty();
        for acceptor in &mut self.acceptors {
            is_awaited |= acceptor.is_awaited();
        }
        is_awaited
    }

    /// Looks for a place again: the loop has woken.
    pub(crate) fn look_again(&mut self) {
        self.is_full = false;
    }

    /// Goes on with accepting, pauses included: there may be room.
    pub(crate) fn resume(&mut self) {
        self.is_full = false;
        self.acceptors.iter_mut().for_each(Acceptor::resume);
    }

    /// Begins the shutdown: from now on only clients who wait already are accepted.
    pub(crate) fn begin_closing(&mut self, event_queue: &EventQueue) {
        self.is_closing = true;
        self.keep_acceptors(event_queue, Acceptor::retire);
        self.is_open = !self.acceptors.is_empty();
    }

    /// Leaves the listening sockets, their files and the clients who wait to another process.
    pub(crate) fn hand_over(&mut self, event_queue: &EventQueue) {
        self.keep_acceptors(event_queue, |_| false);
        self.is_open = false;
    }

    /// Stops listening, and closes clients that have no place yet.
    pub(crate) fn close(&mut self) {
        self.acceptors.clear();
        self.waiting.clear();
        self.is_open = false;
    }

    /// Whether no further client will come from here.
    pub(crate) fn is_over(&self) -> bool {
        (self.acceptors.is_empty() || self.quota == Some(0)) && self.waiting.is_empty()
    }

    fn keep_acceptors(
        &mut self,
        event_queue: &EventQueue,
        mut keep: impl FnMut(&mut Acceptor) -> bool,
    ) {
        self.acceptors.retain_mut(|acceptor| {
            let is_kept = keep(acceptor);
            if !is_kept {
                acceptor.deregister(event_queue);
            }
            is_kept
        });
    }
}
