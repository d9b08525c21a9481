//! A queue of bytes.

use std::{collections::VecDeque, mem};

use bytes::Bytes;

#[derive(Default)]
pub(crate) struct Pieces {
    queue: VecDeque<Bytes>,
    /// The number of bytes in the queue.
    bytes: usize,
}

impl Pieces {
    pub(crate) fn push(&mut self, piece: Bytes) {
        if !piece.is_empty() {
            self.bytes += piece.len();
            self.queue.push_back(piece);
        }
    }

    pub(crate) fn pop(&mut self) -> Option<Bytes> {
        let piece = self.queue.pop_front()?;
        self.bytes -= piece.len();
        Some(piece)
    }

    /// Takes a piece, or the beginning of one that is longer.
    pub(crate) fn pop_at_most(&mut self, limit: usize) -> Option<Bytes> {
        let piece = match self.queue.front_mut() {
            Some(piece) if piece.len() > limit => piece.split_to(limit),
            _ => return self.pop(),
        };
        self.bytes -= piece.len();
        Some(piece)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Whether fewer bytes than the limit wait.
    pub(crate) fn is_below(&self, limit: usize) -> bool {
        self.bytes < limit
    }

    /// Whether there is room for a piece. One that is larger than the limit has room if it is the
    /// only one.
    pub(crate) fn has_room(&self, length: usize, limit: usize) -> bool {
        self.is_empty() || self.bytes.saturating_add(length) <= limit
    }

    /// Takes everything out.
    pub(crate) fn take(&mut self) -> Pieces {
        mem::take(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_keep_their_order_and_are_counted() {
        let mut pieces = Pieces::default();
        pieces.push(Bytes::from_static(b"one"));
        pieces.push(Bytes::new());
        pieces.push(Bytes::from_static(b"two"));
        assert!(pieces.is_below(7) && !pieces.is_below(6));
        assert_eq!(pieces.pop().unwrap(), "one");
        assert!(pieces.is_below(4) && !pieces.is_below(3));
        assert_eq!(pieces.pop().unwrap(), "two");
        assert_eq!(pieces.pop(), None, "an empty piece is not kept");
    }

    #[test]
    fn a_long_piece_is_taken_bit_by_bit() {
        let mut pieces = Pieces::default();
        pieces.push(Bytes::from_static(b"a long piece"));
        assert_eq!(pieces.pop_at_most(7).unwrap(), "a long ");
        assert!(pieces.is_below(6) && !pieces.is_below(5));
        assert_eq!(pieces.pop_at_most(7).unwrap(), "piece");
        assert!(pieces.is_below(1) && pieces.pop_at_most(7).is_none());
    }

    #[test]
    fn a_piece_beyond_the_limit_has_room_alone() {
        let mut pieces = Pieces::default();
        assert!(pieces.has_room(100, 10));
        pieces.push(Bytes::from_static(b"1"));
        assert!(pieces.has_room(9, 10) && !pieces.has_room(10, 10));
        assert!(pieces.take().pop().is_some() && pieces.is_empty());
        assert!(pieces.has_room(10, 10));
    }
}
