//! A body that is incomplete when its request is taken up.

use crate::requests::decoder::Decoder;

/// An incomplete body. The application's thread or the loop reads the rest.
#[derive(Debug)]
pub(crate) struct AwaitedBody {
    pub(crate) decoder: Decoder,
    /// The length of the whole body, if it is known.
    pub(crate) length: Option<u64>,
    /// The bytes of the body that were decoded.
    pub(crate) gathered: Vec<u8>,
    /// The bytes that were received and not decoded.
    pub(crate) raw: Vec<u8>,
    /// Whether the client waits for `100 Continue` (RFC 9110 section 10.1.1).
    pub(crate) expects_continue: bool,
}
