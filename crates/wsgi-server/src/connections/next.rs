//! What follows a response: the rest of a body, the next request, the end.

use crate::requests::decoder::Decoder;

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
    /// The end, in such a way that the response arrives.
    Close,
    /// The end at once: the client is gone, or can only tell by a reset that
    /// the response is not whole.
    Cut,
}
