//! The key of a connection in its loop.

// A key is packed into one word of the event queue.
const _: () = assert!(usize::BITS == 64, "the server needs 64-bit words");

/// The key of a connection: its slot, and the generation of that slot. An event or an alarm for a
/// connection that has ended finds nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) index: u32,
    pub(crate) generation: u32,
}

impl Key {
    /// The key as a token of the event queue. The highest tokens are never keys.
    pub(crate) fn to_token(self) -> mio::Token {
        mio::Token((self.generation as usize) << 32 | self.index as usize)
    }

    pub(crate) fn from_token(token: mio::Token) -> Self {
        Self {
            index: token.0 as u32,
            generation: (token.0 >> 32) as u32,
        }
    }
}
