//! The name of a connection's place in its loop.

// A key is packed into one word of the event queue.
const _: () = assert!(usize::BITS == 64, "the server needs 64-bit words");

/// Which slot, and whose turn in it: an event or an alarm for a connection
/// that is gone finds nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) index: u32,
    pub(crate) generation: u32,
}

impl Key {
    /// Packed for the system's event queue; `!0` is never one.
    pub(crate) fn to_token(self) -> mio::Token {
        mio::Token((self.generation as usize) << 32 | self.index as usize)
    }

    pub(crate) fn from_token(token: mio::Token) -> Self {
        Key {
            index: token.0 as u32,
            generation: (token.0 >> 32) as u32,
        }
    }
}
