//! A response whose body is live, on its way to the client.

use std::mem;

use wsgi_environ::Errors;
use wsgi_gateway::Engine;

use crate::{
    connections::{next::Next, outgoing::Outgoing},
    instant::Instant,
    responses::{live_tail::LiveTail, refill::Refill, tail::Tail},
};

/// A response whose body is live. Between two pieces it needs neither a thread nor a buffer.
impl Outgoing {
    /// The source of the next pieces, if the body is live and not over.
    pub(crate) fn live(&mut self) -> Option<&mut LiveTail> {
        self.answer.tail.as_mut()?.live.as_deref_mut()
    }

    /// Whether sending it on may run code of the application.
    #[cold] // so that other responses pay nothing for it
    pub(crate) fn may_call(&self) -> bool {
        let tail = self.answer.tail.as_ref();
        let live = tail.and_then(|tail| tail.live.as_ref());
        live.is_some_and(|live| live.may_call())
    }

    /// Takes what has come of the body. All before it must have been sent.
    pub(crate) fn refill(&mut self) -> Refill {
        self.bytes.clear();
        self.start = 0;
        match &mut self.answer.tail {
            Some(tail) => tail.refill(&mut self.bytes),
            None => Refill::End,
        }
    }

    /// Begins to wait for the client, which has to take what was refilled.
    pub(crate) fn go_on(&mut self, now: Instant) {
        if mem::take(&mut self.is_idle) {
            self.since = now;
        }
    }

    /// Begins to wait for the application. The client has everything.
    pub(crate) fn rest(&mut self) {
        self.is_idle = true;
        self.patience.renew();
    }

    /// Borrows a buffer, unless it has its own.
    pub(crate) fn borrow_buffer(&mut self, buffer: &mut Vec<u8>) {
        if self.bytes.capacity() == 0 {
            self.bytes = mem::take(buffer);
        }
    }

    /// Gives its buffer back, which is empty, unless there is another one.
    pub(crate) fn return_buffer(&mut self, buffer: &mut Vec<u8>) {
        let bytes = mem::take(&mut self.bytes);
        self.start = 0;
        if buffer.capacity() == 0 {
            *buffer = bytes;
            buffer.clear();
        }
    }

    /// Adds the end of the response, after the body.
    pub(crate) fn complete(&mut self) {
        if let Some(live) = self.end_live().and_then(|tail| tail.live) {
            live.end(&mut self.bytes);
        }
    }

    /// Has the response break off in a way that the client can see.
    pub(crate) fn break_off(&mut self) {
        if let Some(live) = self.end_live().and_then(|tail| tail.live) {
            self.answer.next = Next::after_break(live.shows_its_end(), live.request_id());
        }
    }

    /// Writes to the log why the body broke off, if it did.
    pub(crate) fn report(&mut self, engine: &Engine, errors: &Errors) {
        if let Some(live) = self.live() {
            live.report(engine, errors);
        }
    }

    /// Takes a live body out, and counts its bytes for the hooks of the request.
    pub(crate) fn end_live(&mut self) -> Option<Box<Tail>> {
        let is_live = |tail: &mut Box<Tail>| tail.live.is_some();
        let tail = self.answer.tail.take_if(is_live)?;
        let body_bytes = tail.live.as_ref().map_or(0, |live| live.body_bytes());
        if let Some(ending) = self.endings.last_mut() {
            ending.add_body(body_bytes);
        }
        Some(tail)
    }
}
