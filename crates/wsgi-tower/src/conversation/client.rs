//! The side of the task.

use std::{
    mem,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::Response;

use super::{
    Conversation, Ending, Intake, State, Tail,
    closing::{Closing, Taken},
    tail::Step,
};
use crate::{pool::Pool, request_source::RequestSource};

/// The task's end of a conversation. Its drop is that the client left, unless it has everything.
pub(crate) struct Client {
    conversation: Arc<Conversation>,
    pool: Pool,
    /// The body of the request, until its end.
    source: Option<Box<dyn RequestSource>>,
    /// Whether the server had the time to send what comes before a broken end.
    has_yielded: bool,
}

/// The end of a request whose task is gone.
pub(crate) struct Left {
    pub(super) closing: Closing,
    pub(super) is_broken: bool,
    pub(super) taken: Taken,
}

/// The next part of a response, for the task.
pub(crate) enum Next {
    Bytes(Bytes),
    Ended(Ending),
}

impl Left {
    /// Closes the request, on a thread.
    pub(super) fn close(self) {
        self.closing.close(self.is_broken, self.taken);
    }
}

impl Client {
    pub(crate) fn new(
        conversation: Arc<Conversation>,
        pool: Pool,
        source: Option<Box<dyn RequestSource>>,
    ) -> Self {
        Self {
            conversation,
            pool,
            source,
            has_yielded: false,
        }
    }

    /// The head of the response; `None` if no thread has called the application.
    pub(crate) fn poll_head(&mut self, context: &mut Context<'_>) -> Poll<Option<Response<()>>> {
        self.poll_both(context, |client, _| {
            let mut state = client.conversation.state();
            match state.head.take() {
                Some(head) => Poll::Ready(Some(head)),
                None if state.is_abandoned => Poll::Ready(None),
                None => Poll::Pending,
            }
        })
    }

    /// The next bytes of the body, or its end.
    pub(crate) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Next> {
        self.poll_both(context, Self::poll_output)
    }

    /// Polls the response by `poll`, and the body of the request. From here on, the task is woken
    /// of everything.
    fn poll_both<T>(
        &mut self,
        context: &mut Context<'_>,
        poll: impl FnOnce(&mut Self, &mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        let mut state = self.conversation.state();
        let known = state.waker.as_ref();
        if !known.is_some_and(|known| known.will_wake(context.waker())) {
            state.waker = Some(context.waker().clone());
        }
        drop(state);
        let may_block = self.conversation.intake == Intake::OnDemand;
        if !may_block {
            self.pass_input(context);
        }
        let polled = poll(self, context);
        if may_block && polled.is_pending() {
            self.pass_input(context);
        }
        polled
    }

    fn poll_output(&mut self, context: &mut Context<'_>) -> Poll<Next> {
        loop {
            let mut state = self.conversation.state();
            if let Some(bytes) = state.output.pop_at_most(self.conversation.limit) {
                state.taken += bytes.len() as u64;
                self.conversation.room.notify_all();
                if state.ending.is_some() && state.is_whole() {
                    drop(state);
                    self.leave(); // whoever has the last bytes may not ask again
                }
                return Poll::Ready(Next::Bytes(bytes));
            }
            if state.is_abandoned && state.ending.is_none() {
                return Poll::Ready(Next::Ended(Ending::Broken));
            }
            if let Some(ending) = state.ending {
                drop(state);
                // hyper drops what it has not sent yet when it sees an error.
                if ending == Ending::Broken && !mem::replace(&mut self.has_yielded, true) {
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                self.leave();
                return Poll::Ready(Next::Ended(ending));
            }
            let Some(mut tail) = state.tail.take() else {
                return Poll::Pending;
            };
            if !tail.is_simple() {
                if !mem::take(&mut state.is_stirred) {
                    state.tail = Some(tail);
                    return Poll::Pending;
                }
                state.is_refilling = true;
                drop(state);
                let conversation = Arc::clone(&self.conversation);
                self.pool.continue_with(move || conversation.refill(tail));
                return Poll::Pending;
            }
            drop(state);
            let step = tail.step();
            let mut state = self.conversation.state();
            let bytes = match step {
                Step::Bytes(bytes) => Some(bytes),
                Step::Nothing => None,
                Step::Ended(ending) => {
                    state.finish(tail, ending);
                    continue;
                }
            };
            if state.is_draining {
                tail.set_draining();
            }
            state.tail = Some(tail);
            match bytes {
                Some(bytes) => state.output.push(bytes),
                None => return Poll::Pending,
            }
        }
    }

    /// Whether everything is taken.
    pub(crate) fn is_over(&self) -> bool {
        self.conversation.is_gone() || self.conversation.state().is_whole()
    }

    /// The number of bytes that the head promises and that are not taken yet.
    pub(crate) fn remaining(&self) -> Option<u64> {
        let state = self.conversation.state();
        Some(state.length?.saturating_sub(state.taken))
    }

    /// Passes what has come of the request's body on to the thread.
    fn pass_input(&mut self, context: &mut Context<'_>) {
        while let Some(source) = &mut self.source {
            let mut state = self.conversation.state();
            let is_closed = state.is_input_closed;
            // A task that was woken meanwhile looks at the response before it blocks.
            let is_busy = self.conversation.intake == Intake::OnDemand && state.waker.is_none();
            if !is_closed && (is_busy || !state.takes_input(self.conversation.limit)) {
                state.is_input_paused = true;
                return;
            }
            drop(state);
            if is_closed {
                self.source = None;
                return;
            }
            let polled = match source.poll_bytes(context) {
                Poll::Pending => return,
                Poll::Ready(polled) => polled,
            };
            let mut state = self.conversation.state();
            state.wants_input = self.conversation.intake != Intake::OnDemand;
            match polled {
                Some(Ok(bytes)) => state.input.push(bytes),
                Some(Err(error)) => state.input_end = Some(Err(error)),
                None => state.input_end = Some(Ok(())),
            }
            let is_over = state.input_end.is_some();
            drop(state);
            self.conversation.arrival.notify_all();
            if is_over {
                self.source = None;
            }
        }
    }

    /// Takes nothing more.
    fn leave(&mut self) {
        let conversation = &self.conversation;
        let mut state = conversation.state();
        if conversation.is_gone() {
            return;
        }
        let is_satisfied = state.is_satisfied();
        conversation
            .is_satisfied
            .store(is_satisfied, Ordering::Release);
        conversation.is_gone.store(true, Ordering::Release); // the last, for those without the lock
        let is_out = state.is_refilling;
        let tail = state.tail.take();
        // While the tail is out, the thread that has it closes the request.
        let closing = if is_out { None } else { state.closing.take() };
        let left = closing.map(|closing| state.left(closing, tail));
        let (waker, input, output) = (state.waker.take(), state.input.take(), state.output.take());
        drop(state);
        conversation.arrival.notify_all();
        conversation.room.notify_all();
        drop((waker, input, output));
        match left {
            Some(left) if left.closing.needs_thread() => {
                self.pool.continue_with(move || left.close());
            }
            left => drop(left),
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.leave();
    }
}

impl State {
    /// Whether everything is taken. A server that has the declared length does not ask for the
    /// end.
    pub(super) fn is_whole(&self) -> bool {
        self.output.is_empty()
            && match self.ending {
                Some(ending) => ending == Ending::Whole,
                None => self.length == Some(self.taken),
            }
    }

    /// Whether the head and everything that it declares is taken.
    fn is_satisfied(&self) -> bool {
        self.has_head && self.head.is_none() && self.length == Some(self.taken)
    }

    /// Whether the thread has asked for the request's body, and there is room for it.
    pub(super) fn takes_input(&self, limit: usize) -> bool {
        self.wants_input && self.input.is_below(limit)
    }

    /// Ends the response with a tail that is over. A whole tail may be less than the head declares.
    pub(super) fn finish(&mut self, tail: Tail, ending: Ending) {
        self.ending = Some(ending);
        if let Some(closing) = &mut self.closing {
            closing.tail = Some(tail);
            if ending == Ending::Whole {
                self.ending = Some(closing.ending());
            }
        }
    }
}
