//! Looking for the end of a part of a head, sixteen bytes at a time.
//!
//! What a part consists of is a few ranges of bytes, narrower than the grammar has them: only what
//! nearly all requests have is looked for here, and whoever asks has to see for themselves what
//! they stopped at.

use std::num::NonZero;

use wide::i8x16;

const BLOCK: usize = 16;

/// How many letters and hyphens `bytes` starts with, as methods and names of fields do.
#[inline]
pub(crate) fn name_length(bytes: &[u8]) -> usize {
    short_length(bytes, |block| beyond_letters(block) & !equal(block, b'-'))
}

/// How many bytes of a path `bytes` starts with: visible ASCII except for `%`, `?` and `#`.
#[inline]
pub(crate) fn path_length(bytes: &[u8]) -> usize {
    short_length(bytes, |block| {
        let special = equal(block, b'%') | equal(block, b'?') | equal(block, b'#');
        beyond(block, b'!', b'~') | special
    })
}

/// How many letters, digits, hyphens and dots `bytes` starts with, as hosts do.
#[inline]
pub(crate) fn host_length(bytes: &[u8]) -> usize {
    short_length(bytes, |block| {
        beyond_letters(block) & (beyond(block, b'-', b'9') | equal(block, b'/'))
    })
}

/// How many visible ASCII characters and spaces `bytes` starts with, as values do.
#[inline]
pub(crate) fn value_length(bytes: &[u8]) -> usize {
    length(bytes, |block| beyond(block, b' ', b'~'))
}

/// As [`length`], for what mostly ends in its first block.
#[inline(always)]
fn short_length(bytes: &[u8], beyond: impl Fn(i8x16) -> i8x16) -> usize {
    match bytes.first_chunk().and_then(|block| end(block, &beyond)) {
        Some(length) => length,
        None => long_length(bytes, beyond),
    }
}

#[inline(never)]
fn long_length(bytes: &[u8], beyond: impl Fn(i8x16) -> i8x16) -> usize {
    length(bytes, beyond)
}

/// How many bytes come before the first that is `beyond` what is looked for.
#[inline(always)]
fn length(bytes: &[u8], beyond: impl Fn(i8x16) -> i8x16) -> usize {
    let mut rest = bytes;
    while let Some((block, behind)) = rest.split_first_chunk() {
        if let Some(end) = end(block, &beyond) {
            return block.as_ptr().addr() - bytes.as_ptr().addr() + end;
        }
        rest = behind;
    }
    length_in_last(bytes, beyond)
}

/// As [`length`], where only what is less than a block can have an end.
#[cold]
#[inline(never)]
fn length_in_last(bytes: &[u8], beyond: impl Fn(i8x16) -> i8x16) -> usize {
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    // The NUL behind the bytes is beyond whatever is looked for.
    let mut block = [0; BLOCK];
    block[..rest.len()].copy_from_slice(rest);
    blocks.len() * BLOCK + end(&block, beyond).unwrap_or(rest.len())
}

/// Where the first byte is that is `beyond`.
#[inline(always)]
fn end(block: &[u8; BLOCK], beyond: impl Fn(i8x16) -> i8x16) -> Option<usize> {
    let block = i8x16::new(block.map(u8::cast_signed));
    let bits = NonZero::new(beyond(block).to_bitmask())?;
    Some(bits.trailing_zeros() as usize)
}

/// The bytes that are not letters.
#[inline(always)]
fn beyond_letters(block: i8x16) -> i8x16 {
    beyond(block | i8x16::splat(0x20), b'a', b'z')
}

/// The bytes that are not in `first..=last`.
#[inline(always)]
fn beyond(block: i8x16, first: u8, last: u8) -> i8x16 {
    // Processors compare signed bytes: with `first` moved to the lowest of them, one comparison
    // sees both ends of the range.
    let shift = i8::MIN.wrapping_sub_unsigned(first);
    (block + i8x16::splat(shift)).simd_gt(i8x16::splat(shift.wrapping_add_unsigned(last)))
}

/// The bytes that are `byte`.
#[inline(always)]
fn equal(block: i8x16, byte: u8) -> i8x16 {
    block.simd_eq(i8x16::splat(byte.cast_signed()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Puts each byte at each place among `filler`, and compares with one byte at a time.
    #[track_caller]
    fn check(length: fn(&[u8]) -> usize, filler: u8, accepted: fn(u8) -> bool) {
        for size in 0..50 {
            let mut bytes = vec![filler; size];
            assert_eq!(length(&bytes), size);
            for at in 0..size {
                for byte in 0..=255 {
                    bytes[at] = byte;
                    let expected = if accepted(byte) { size } else { at };
                    assert_eq!(length(&bytes), expected, "{byte:#04x} at {at} of {size}");
                }
                bytes[at] = filler;
            }
        }
    }

    #[test]
    fn a_name_is_of_letters_and_hyphens() {
        check(name_length, b'-', |byte| {
            byte.is_ascii_alphabetic() || byte == b'-'
        });
    }

    #[test]
    fn a_path_is_of_visible_characters_but_three() {
        check(path_length, b'/', |byte| {
            byte.is_ascii_graphic() && !b"%?#".contains(&byte)
        });
    }

    #[test]
    fn a_host_is_of_letters_digits_hyphens_and_dots() {
        check(host_length, b'.', |byte| {
            byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.'
        });
    }

    #[test]
    fn a_value_is_of_visible_characters_and_spaces() {
        check(value_length, b'~', |byte| matches!(byte, b' '..=b'~'));
    }
}
