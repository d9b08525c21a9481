//! Requests whose deadline passes during the call: their end, and their threads.

use std::sync::Arc;

use wsgi_environ::{End, Environ, Outcome};

use crate::{
    instant::Instant,
    loops::reports::Report,
    loops::shared::Shared,
    peers::{
        deadlines::WatchedCall,
        watched::{AnswerBytes, Expired},
    },
    protocol::Protocol,
    responses::{clock::Clock, refusal::Refusal},
};

/// The part of the monitor that ends requests at their deadline.
pub(super) struct Overdue {
    clock: Clock,
}

impl Overdue {
    pub(super) fn new(shared: &Shared) -> Self {
        Self {
            clock: Clock::new(&shared.config.software),
        }
    }

    /// Ends the requests whose deadline has passed.
    pub(super) fn look(&mut self, shared: &Arc<Shared>) {
        shared.reports.go_on();
        if shared.deadlines.is_empty() {
            return;
        }
        while let Some((moment, call)) = shared.deadlines.take_due(Instant::now()) {
            let now = Instant::now();
            self.clock.advance(now);
            let answer =
                |request: &Environ, protocol, id| answer(request, protocol, id, &self.clock);
            let count = || shared.thread_is_stuck(call.loop_index);
            if let Some(expired) = call.peer.expire(moment, now, answer, count) {
                shared.reports.add(report(&call, expired));
            }
        }
    }
}

fn answer(request: &Environ, protocol: Protocol, request_id: u16, clock: &Clock) -> AnswerBytes {
    let is_head = request.request_method() == "HEAD";
    let mut bytes = Vec::new();
    let body = Refusal::Overdue.write_as(&mut bytes, protocol, request_id, is_head, clock);
    AnswerBytes { bytes, body }
}

/// The report of a request whose thread is stuck.
fn report(call: &WatchedCall, expired: Expired) -> Report {
    let outcome = outcome(call, &expired);
    let client = match (expired.verdict.answer, expired.begun) {
        (Some(_), _) => "its client got 504",
        (None, Some(_)) => "its response was cut off",
        (None, None) => "its connection was cut",
    };
    let (began, _) = call.began;
    let took = expired.verdict.at.saturating_duration_since(began);
    // Without floating-point numbers, of which the formatting would be large and used only here.
    let (seconds, tenths) = (took.as_secs(), took.subsec_millis() / 100);
    let thread = &call.thread;
    let text = format!(
        "the deadline passed after {seconds}.{tenths} s, and {client}; thread {thread} is stuck in the \
         application (stuck threads: {})",
        expired.stuck
    );
    let mut request = expired.request;
    detach(&mut request);
    Report {
        request,
        outcome,
        text,
    }
}

/// Takes the connection out of a request, whose report may wait for long and would keep the socket
/// open. Its variables stay.
fn detach(request: &mut Environ) {
    let Some(connection) = request.connection() else {
        return;
    };
    for name in connection.names() {
        if let Some(value) = request.get(name).map(|value| value.as_bytes().to_vec()) {
            request.set(name, value);
        }
    }
    request.take_connection();
}

/// The outcome as clients see it.
fn outcome(call: &WatchedCall, expired: &Expired) -> Outcome {
    let (began, time) = call.began;
    let Expired { verdict, begun, .. } = expired;
    let outcome = Outcome::new(
        End::TimedOut,
        time,
        verdict.at.saturating_duration_since(began),
    );
    match (verdict.answer, begun) {
        (Some(answer), _) => outcome
            .with_status_code(504)
            .with_bytes(answer.bytes(), answer.body_bytes()),
        (None, Some(begun)) => {
            let sent = call.peer.acknowledged();
            let body = sent.saturating_sub(begun.body_position);
            outcome
                .with_status_code(begun.status)
                .with_bytes(sent.saturating_sub(call.position), body)
        }
        (None, None) => outcome,
    }
}
