//! The key of a connection in its loop.

use crate::event_queue::Token;

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
    /// The number of generations. The highest numbers are left out: they are in the tokens of the
    /// waker and of acceptors.
    pub(crate) const GENERATIONS: u32 = u32::MAX >> 1;

    /// The key as a token of the event queue. The highest tokens are never keys.
    pub(crate) fn to_token(self) -> Token {
        Token((self.generation as usize) << 32 | self.index as usize)
    }

    /// The key in a token of the event queue, unless that is one of the highest.
    #[inline]
    pub(crate) fn from_token(token: Token) -> Option<Self> {
        let generation = (token.0 >> 32) as u32;
        (generation < Self::GENERATIONS).then_some(Self {
            index: token.0 as u32,
            generation,
        })
    }
}
