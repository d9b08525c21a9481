//! What follows a response: the rest of a body, the next request and its body, the end.

use crate::{connections::spooling::Spooling, requests::decoder::Decoder};

/// A body that nobody wants.
#[derive(Debug)]
pub(crate) struct Draining {
    pub(crate) decoder: Decoder,
    /// What was received and not decoded.
    pub(crate) raw: Vec<u8>,
    /// What the peer is to be told when it is over.
    pub(crate) replies: Vec<u8>,
    /// How many bytes of it are still put up with.
    pub(crate) allowance: u64,
}

/// What follows a response.
#[derive(Debug)]
pub(crate) enum Next {
    /// The next request.
    Request,
    /// The rest of a body, then the next request.
    Drain(Box<Draining>),
    /// The body of a request that is taken in whole before it is answered.
    Spool(Box<Spooling>),
    /// The end, once the client has the response: nothing more is to come from it.
    End,
    /// The end, though more of a request may come, in such a way that the response arrives.
    Close,
    /// The end of a response that is not whole and has no length, so that this shows;
    /// in FastCGI that of a request with this id.
    Break(Option<u16>),
    /// The end at once: the client is gone, or can only tell by a reset that
    /// the response is not whole.
    Cut,
}
