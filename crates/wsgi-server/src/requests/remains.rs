//! The rest of a streamed request.

use crate::requests::decoder::Decoder;

/// The state of a connection after a streamed request.
#[derive(Debug)]
pub(crate) enum Remains {
    /// The body was read to its end, or the peer gave it up. These bytes follow it.
    Finished(Vec<u8>),
    /// The rest of the body is small enough to be read and dropped. These bytes begin it.
    Drain(Decoder, Vec<u8>),
    /// The connection cannot be used again.
    Unusable,
    /// The connection cannot be used again, and another thread is reading from it.
    Busy,
}
