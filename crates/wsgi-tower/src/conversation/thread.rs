//! The side of the thread.

use std::{
    io, mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::Response;
use wsgi_environ::InputError;

use super::{
    Conversation, Ending, Intake,
    client::Left,
    closing::{Closing, Taken},
    tail::Tail,
};

/// The last part of a response.
pub(crate) struct Conclusion {
    pub(crate) head: Option<Response<()>>,
    /// Bytes that need no room, since they are in memory anyway.
    pub(crate) bytes: Bytes,
    pub(crate) tail: Option<Tail>,
}

impl Conversation {
    /// The next piece of the request's body; `None` at its end.
    pub(crate) fn next_input(&self, timeout: Duration) -> Result<Option<Bytes>, InputError> {
        let mut state = self.state();
        let mut deadline = None;
        loop {
            if let Some(bytes) = state.input.pop() {
                if state.is_input_paused && state.takes_input(self.limit) {
                    state.is_input_paused = false;
                    Self::wake(state);
                }
                return Ok(Some(bytes));
            }
            if let Some(end) = state.input_end {
                return end.map(|()| None);
            }
            if self.is_gone() {
                return Err(InputError::Disconnected);
            }
            state.wants_input = true;
            if mem::take(&mut state.is_input_paused) {
                Self::wake(state);
                state = self.state();
                continue;
            }
            let deadline = *deadline.get_or_insert_with(|| Instant::now() + timeout);
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                state.wants_input = self.intake != Intake::OnDemand;
                return Err(InputError::TimedOut);
            }
            let woken = self.arrival.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Reads no more of the request's body.
    pub(crate) fn close_input(&self) {
        let mut state = self.state();
        state.is_input_closed = true;
        let unread = state.input.take();
        Self::wake(state);
        drop(unread);
    }

    /// Notes the length of the body, if the head declares it.
    pub(crate) fn set_length(&self, length: Option<u64>) {
        self.state().length = length;
    }

    /// Adds to the response. Waits for room for the bytes, for `patience` at most. The head does
    /// not wait.
    pub(crate) fn publish(
        &self,
        head: Option<Response<()>>,
        bytes: Bytes,
        patience: Duration,
    ) -> io::Result<()> {
        let mut state = self.state();
        state.add_head(head);
        let mut deadline = None;
        while !self.is_gone() && !state.output.has_room(bytes.len(), self.limit) {
            if state.waker.is_some() {
                Self::wake(state);
                state = self.state();
                continue;
            }
            let deadline = *deadline.get_or_insert_with(|| Instant::now() + patience);
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            let woken = self.room.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        if self.is_gone() {
            drop(state);
            return self.check();
        }
        state.output.push(bytes);
        Self::wake(state);
        Ok(())
    }

    /// Checks that the client is there, or has everything.
    pub(crate) fn check(&self) -> io::Result<()> {
        match self.is_gone() && !self.is_satisfied() {
            true => Err(io::ErrorKind::BrokenPipe.into()),
            false => Ok(()),
        }
    }

    /// Adds the last part of the response, and leaves the closing to the task. If the task is gone
    /// already, closes the request here.
    pub(crate) fn conclude(self: &Arc<Self>, conclusion: Conclusion, closing: Closing) {
        let Conclusion { head, bytes, tail } = conclusion;
        if let Some(tail) = &tail {
            let conversation = Arc::downgrade(self);
            tail.notify(move || {
                if let Some(conversation) = conversation.upgrade() {
                    conversation.stir();
                }
            });
        }
        let mut state = self.state();
        state.add_head(head);
        state.is_abandoned = !state.has_head;
        if self.is_gone() {
            let left = state.left(closing, tail);
            drop(state);
            return left.close();
        }
        state.ending = tail.is_none().then(|| closing.ending());
        state.output.push(bytes);
        state.hold(tail);
        state.closing = Some(closing);
        Self::wake(state);
    }

    /// Wakes the task, since the tail has something.
    fn stir(&self) {
        let mut state = self.state();
        state.is_stirred = true;
        Self::wake(state);
    }

    /// Takes some of a tail, and puts it back. If that panics, the response breaks off.
    pub(crate) fn refill(&self, mut tail: Tail) {
        let refill = catch_unwind(AssertUnwindSafe(|| tail.refill(self.limit)))
            .map_err(mem::forget)
            .unwrap_or_else(|()| tail.break_off());
        let mut state = self.state();
        state.is_refilling = false;
        state.is_stirred |= refill.has_more;
        if self.is_gone() {
            let left = state
                .closing
                .take()
                .map(|closing| state.left(closing, Some(tail)));
            drop(state);
            return left.into_iter().for_each(Left::close);
        }
        for piece in refill.pieces {
            state.output.push(piece);
        }
        match refill.ending {
            Some(ending) => state.finish(tail, ending),
            None => state.hold(Some(tail)),
        }
        Self::wake(state);
    }

    /// Notes that no thread will call the application.
    pub(crate) fn abandon(&self) {
        let mut state = self.state();
        state.is_abandoned = true;
        Self::wake(state);
    }
}

impl super::State {
    fn add_head(&mut self, head: Option<Response<()>>) {
        if head.is_some() {
            self.head = head;
            self.has_head = true;
        }
    }

    /// Keeps a tail for the task.
    fn hold(&mut self, tail: Option<Tail>) {
        if self.is_draining {
            tail.iter().for_each(Tail::set_draining);
        }
        self.tail = tail;
    }

    /// The end of a response whose task is gone.
    pub(super) fn left(&self, mut closing: Closing, tail: Option<Tail>) -> Left {
        if tail.is_some() {
            closing.tail = tail;
        }
        Left {
            closing,
            is_broken: self.ending == Some(Ending::Broken),
            taken: Taken {
                bytes: self.taken,
                is_whole: self.is_whole(),
            },
        }
    }
}
