//! A body that has not arrived whole when its request is taken up.

use crate::requests::decoder::Decoder;

/// The parts of a body that is still to come: a thread or the loop goes on with them.
#[derive(Debug)]
pub(crate) struct AwaitedBody {
    pub(crate) decoder: Decoder,
    /// The length of the whole body, if it is known.
    pub(crate) length: Option<u64>,
    /// Bytes of the body that were decoded.
    pub(crate) gathered: Vec<u8>,
    /// Bytes that were received and not decoded.
    pub(crate) raw: Vec<u8>,
    /// Whether the client waits to be asked for the body (RFC 9110 section 10.1.1).
    pub(crate) expects_continue: bool,
}
