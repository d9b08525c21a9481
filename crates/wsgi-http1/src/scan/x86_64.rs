//! Sixteen bytes in a register of SSE2, which every x86-64 processor has.

use std::{
    num::NonZero,
    ops::{BitAnd, BitOr},
};

use safe_arch::{
    add_i8_m128i, bitand_m128i, bitandnot_m128i, bitor_m128i, cmp_eq_mask_i8_m128i,
    cmp_gt_mask_i8_m128i, load_unaligned_m128i, m128i, move_mask_i8_m128i, set_splat_i8_m128i,
};

use super::BLOCK;

/// Sixteen bytes, or a mark for each: all bits of a marked byte are set, and none of another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block(m128i);

impl Block {
    #[inline(always)]
    pub(super) fn new(bytes: &[u8; BLOCK]) -> Self {
        Self(load_unaligned_m128i(bytes))
    }

    /// Sets bits in all bytes.
    #[inline(always)]
    pub(super) fn with_bits(self, bits: u8) -> Self {
        self | Self::splat(bits.cast_signed())
    }

    /// Marks the bytes that are not in `first..=last`.
    #[inline(always)]
    pub(super) fn beyond(self, first: u8, last: u8) -> Self {
        // Processors compare signed bytes. With `first` shifted to the lowest of them, one
        // comparison covers both ends of the range.
        let shift = i8::MIN.wrapping_sub_unsigned(first);
        let shifted = add_i8_m128i(self.0, Self::splat(shift).0);
        let last = Self::splat(shift.wrapping_add_unsigned(last));
        Self(cmp_gt_mask_i8_m128i(shifted, last.0))
    }

    /// Marks the bytes that are `byte`.
    #[inline(always)]
    pub(super) fn equal(self, byte: u8) -> Self {
        let byte = Self::splat(byte.cast_signed());
        Self(cmp_eq_mask_i8_m128i(self.0, byte.0))
    }

    /// Removes the marks of other bytes.
    #[inline(always)]
    pub(super) fn except(self, others: Self) -> Self {
        Self(bitandnot_m128i(others.0, self.0))
    }

    /// The place of the first marked byte after those that are skipped, counted from there.
    #[inline(always)]
    pub(super) fn first_mark_from(self, skipped: usize) -> Option<usize> {
        let bits = NonZero::new(move_mask_i8_m128i(self.0).cast_unsigned() >> skipped)?;
        Some(bits.trailing_zeros() as usize)
    }

    #[inline(always)]
    fn splat(byte: i8) -> Self {
        Self(set_splat_i8_m128i(byte))
    }
}

impl BitAnd for Block {
    type Output = Self;

    #[inline(always)]
    fn bitand(self, other: Self) -> Self {
        Self(bitand_m128i(self.0, other.0))
    }
}

impl BitOr for Block {
    type Output = Self;

    #[inline(always)]
    fn bitor(self, other: Self) -> Self {
        Self(bitor_m128i(self.0, other.0))
    }
}
