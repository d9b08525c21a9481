//! The continuation after a response.

use crate::connections::{draining::Draining, lingering::Expected, spooling::Spooling};

/// The continuation of a connection after a response.
#[derive(Debug)]
pub(crate) enum Next {
    /// The next request.
    Request,
    /// The rest of a body, then the next request.
    Drain(Box<Draining>),
    /// The body of a request that is taken in whole before it is answered.
    Spool(Box<Spooling>),
    /// The end, once the client has the response. More of a request may be expected from it.
    Linger(Expected),
    /// The end of a response that is incomplete and has no length, in such a way that this
    /// shows; in FastCGI that of a request with this id.
    Break(Option<u16>),
    /// The end at once: the client is gone, or only a reset can tell it that the response is
    /// incomplete.
    Cut,
}

impl Next {
    /// The continuation after a response that breaks off. Its length or chunks may show its client
    /// that it does; in FastCGI it is that of a request with this id.
    pub(crate) fn after_break(shows_its_end: bool, request_id: Option<u16>) -> Self {
        match shows_its_end {
            true => Self::Linger(Expected::Request),
            false => Self::Break(request_id),
        }
    }
}
