//! Responses that come after the deadline of their request.

use wsgi_environ::End;
use wsgi_gateway::Delivery;

use crate::{
    connections::{answer::Answer, lingering::Expected, next::Next},
    instant::Instant,
    peers::watch::Verdict,
    responses::{ending::Made, response::Response},
};

/// Drops a response that came after the deadline, which the server has answered for.
#[cold]
#[inline(never)]
pub(super) fn drop_response(
    response: &mut Response<'_>,
    finished: Delivery,
    verdict: Verdict,
    began: Instant,
) -> (Answer, Made) {
    response.gone = true;
    let sent = match verdict.answer {
        Some(answer) => Made::of_answer(&answer),
        None => Made {
            end: End::TimedOut,
            status: response.sent_status(),
            body_bytes: finished.body_bytes(),
            body_position: response.body_position(),
            end_position: None,
            ended_at: None,
        },
    };
    let made = Made {
        ended_at: Some(verdict.at),
        ..sent
    };
    let measures = &mut response.endings.measures;
    measures.end_at(began, verdict.at, made.status, End::TimedOut);
    response.finish(finished.rest, false);
    let next = match verdict.answer {
        Some(_) => Next::Linger(Expected::Request),
        None => Next::Cut,
    };
    (Answer::whole(next), made)
}
