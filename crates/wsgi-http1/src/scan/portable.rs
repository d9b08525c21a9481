//! Sixteen bytes in an integer, for every processor.

use std::{
    num::NonZero,
    ops::{BitAnd, BitOr},
};

use super::BLOCK;

/// The highest bit of each byte.
const HIGHEST: u128 = splat(0x80);

/// Sixteen bytes, or a mark for each: the highest bit of a marked byte is set, and that of another
/// is not. The other bits of marks mean nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block(u128);

impl Block {
    #[inline(always)]
    pub(super) fn new(bytes: &[u8; BLOCK]) -> Self {
        Self(u128::from_le_bytes(*bytes))
    }

    /// Sets bits in all bytes.
    #[inline(always)]
    pub(super) fn with_bits(self, bits: u8) -> Self {
        Self(self.0 | splat(bits))
    }

    /// Marks the bytes that are not in `first..=last`, which are ASCII.
    #[inline(always)]
    pub(super) fn beyond(self, first: u8, last: u8) -> Self {
        // The sums of two bytes of seven bits do not carry into the next byte.
        let ascii = self.0 & !HIGHEST;
        let at_least_first = ascii + splat(0x80 - first);
        let above_last = ascii + splat(0x7F - last);
        Self(self.0 | !at_least_first | above_last)
    }

    /// Marks the bytes that are `byte`, which is ASCII.
    #[inline(always)]
    pub(super) fn equal(self, byte: u8) -> Self {
        let ascii = self.0 & !HIGHEST;
        let different = (ascii ^ splat(byte)) + !HIGHEST;
        Self(!(self.0 | different))
    }

    /// Removes the marks of other bytes.
    #[inline(always)]
    pub(super) fn except(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// The place of the first marked byte after those that are skipped, counted from there.
    #[inline(always)]
    pub(super) fn first_mark_from(self, skipped: usize) -> Option<usize> {
        let bits = NonZero::new((self.0 & HIGHEST).checked_shr(skipped as u32 * 8)?)?;
        Some(bits.trailing_zeros() as usize / 8)
    }
}

impl BitAnd for Block {
    type Output = Self;

    #[inline(always)]
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl BitOr for Block {
    type Output = Self;

    #[inline(always)]
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// The byte, sixteen times.
const fn splat(byte: u8) -> u128 {
    u128::from_ne_bytes([byte; BLOCK])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares the marks of every byte, at every place and between two neighbours, with the
    /// definition.
    #[track_caller]
    fn check(mark: impl Fn(Block) -> Block, is_marked: impl Fn(u8) -> bool) {
        let marked_neighbour = (0..=0xFF).find(|&byte| is_marked(byte)).unwrap();
        for byte in 0..=0xFF {
            for at in 0..BLOCK {
                for neighbour in [marked_neighbour, 0x00, 0x7F, 0x80, 0xFF] {
                    let mut bytes = [neighbour; BLOCK];
                    bytes[at] = byte;
                    let marks = (mark(Block::new(&bytes)).0 & HIGHEST).to_le_bytes();
                    let expected = bytes.map(|byte| if is_marked(byte) { 0x80 } else { 0 });
                    assert_eq!(
                        marks, expected,
                        "{byte:#04x} at {at} beside {neighbour:#04x}"
                    );
                }
            }
        }
    }

    #[test]
    fn bytes_beyond_a_range_are_marked() {
        check(
            |block| block.beyond(b' ', b'~'),
            |byte| !(b' '..=b'~').contains(&byte),
        );
        check(
            |block| block.beyond(b'a', b'z'),
            |byte| !byte.is_ascii_lowercase(),
        );
        check(|block| block.beyond(0x00, 0x7F), |byte| !byte.is_ascii());
    }

    #[test]
    fn bytes_equal_to_another_are_marked() {
        check(|block| block.equal(b'-'), |byte| byte == b'-');
        check(|block| block.equal(0x00), |byte| byte == 0x00);
        check(|block| block.equal(0x7F), |byte| byte == 0x7F);
    }

    #[test]
    fn marks_are_combined_like_sets() {
        let letters = |block: Block| block.with_bits(0x20).beyond(b'a', b'z');
        let both = |byte: u8| !byte.is_ascii_alphabetic() && byte != b'-';
        check(|block| letters(block).except(block.equal(b'-')), both);
        check(|block| letters(block) & block.beyond(b'-', b'-'), both);
        check(
            |block| block.equal(b'a') | block.equal(b'b'),
            |byte| b"ab".contains(&byte),
        );
    }

    #[test]
    fn the_first_mark_is_found() {
        for at in 0..BLOCK {
            let mut bytes = [b'x'; BLOCK];
            bytes[at..].fill(b'-');
            let marks = Block::new(&bytes).equal(b'-');
            for skipped in 0..=BLOCK {
                let found = (skipped < BLOCK).then_some(at.saturating_sub(skipped));
                assert_eq!(
                    marks.first_mark_from(skipped),
                    found,
                    "{at} after {skipped}"
                );
            }
        }
        let none = Block::new(&[b'x'; BLOCK]).equal(b'-');
        assert_eq!(none.first_mark_from(0), None);
    }
}
