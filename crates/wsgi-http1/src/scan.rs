//! Search for the end of a part of a head, sixteen bytes at a time.
//!
//! Each part has a few ranges of bytes that nearly all requests keep to. They are narrower than the
//! grammar, so the caller must check the byte at which the search stopped.

#[cfg(any(not(target_arch = "x86_64"), test))]
mod portable;
#[cfg(target_arch = "x86_64")]
mod x86_64;

#[cfg(not(target_arch = "x86_64"))]
use portable::Block;
#[cfg(target_arch = "x86_64")]
use x86_64::Block;

/// The bytes of a [`Block`].
pub(crate) const BLOCK: usize = 16;

/// The number of letters and hyphens at the start of `bytes`: a method, or the name of a field.
#[inline]
pub(crate) fn name_length(bytes: &[u8]) -> usize {
    short_length(bytes, |block| {
        beyond_letters(block).except(block.equal(b'-'))
    })
}

/// The number of visible ASCII characters except `%`, `?` and `#` at the start of `bytes`: a path.
#[inline]
pub(crate) fn path_length(bytes: &[u8]) -> usize {
    short_length(bytes, |block| {
        // Mutant: `|` and `^` are the same here, because no byte is marked twice.
        let special = block.equal(b'%') | block.equal(b'?') | block.equal(b'#');
        block.beyond(b'!', b'~') | special
    })
}

/// The number of letters, digits, hyphens and dots at the start of `bytes`: a host.
#[inline]
pub(crate) fn host_length(bytes: &[u8]) -> usize {
    short_length(bytes, |block| {
        // Mutant: the same holds here, where the slash is in the range.
        beyond_letters(block) & (block.beyond(b'-', b'9') | block.equal(b'/'))
    })
}

/// The number of digits at the start of `bytes`: a port.
#[inline]
pub(crate) fn digits_length(bytes: &[u8]) -> usize {
    short_length(bytes, |block| block.beyond(b'0', b'9'))
}

/// The number of visible ASCII characters and spaces at the start of `bytes`: a value. `bytes` are
/// the end of `window`, so that their last block may begin before them.
#[inline]
pub(crate) fn value_length(window: &[u8], bytes: &[u8]) -> usize {
    let beyond = |block: Block| block.beyond(b' ', b'~');
    let mut rest = bytes;
    while let Some((block, after)) = rest.split_first_chunk() {
        if let Some(end) = end(block, beyond) {
            return bytes.len() - rest.len() + end;
        }
        rest = after;
    }
    let end = match window.last_chunk() {
        Some(block) => beyond(Block::new(block)).first_mark_from(BLOCK - rest.len()),
        None => Some(length_in_last(rest, beyond)),
    };
    bytes.len() - rest.len() + end.unwrap_or(rest.len())
}

/// Like [`length`], for parts that mostly end in their first block.
#[inline(always)]
fn short_length(bytes: &[u8], beyond: impl Fn(Block) -> Block) -> usize {
    match bytes.first_chunk().and_then(|block| end(block, &beyond)) {
        Some(length) => length,
        None => long_length(bytes, beyond),
    }
}

#[inline(never)]
fn long_length(bytes: &[u8], beyond: impl Fn(Block) -> Block) -> usize {
    length(bytes, beyond)
}

/// The number of bytes before the first that is `beyond` the part.
#[inline(always)]
fn length(bytes: &[u8], beyond: impl Fn(Block) -> Block) -> usize {
    let mut rest = bytes;
    while let Some((block, after)) = rest.split_first_chunk() {
        if let Some(end) = end(block, &beyond) {
            return block.as_ptr().addr() - bytes.as_ptr().addr() + end;
        }
        rest = after;
    }
    length_in_last(bytes, beyond)
}

/// Like [`length`], if no whole block contains an end.
#[cold]
#[inline(never)]
fn length_in_last(bytes: &[u8], beyond: impl Fn(Block) -> Block) -> usize {
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    // The NUL after the bytes is beyond every part.
    let mut block = [0; BLOCK];
    block[..rest.len()].copy_from_slice(rest);
    blocks.len() * BLOCK + end(&block, beyond).unwrap_or(rest.len())
}

/// The place of the first byte that is `beyond` the part.
#[inline(always)]
fn end(block: &[u8; BLOCK], beyond: impl Fn(Block) -> Block) -> Option<usize> {
    beyond(Block::new(block)).first_mark_from(0)
}

/// Marks the bytes that are not letters.
#[inline(always)]
fn beyond_letters(block: Block) -> Block {
    block.with_bits(0x20).beyond(b'a', b'z')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Puts each byte at each place among `filler`, and compares with a search byte by byte.
    #[track_caller]
    fn check(length: impl Fn(&[u8]) -> usize, filler: u8, accepted: fn(u8) -> bool) {
        for size in 0..=2 * BLOCK + 1 {
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
    fn a_name_has_letters_and_hyphens() {
        check(name_length, b'-', |byte| {
            byte.is_ascii_alphabetic() || byte == b'-'
        });
    }

    #[test]
    fn a_path_has_all_visible_characters_but_three() {
        check(path_length, b'/', |byte| {
            byte.is_ascii_graphic() && !b"%?#".contains(&byte)
        });
    }

    #[test]
    fn a_host_has_letters_digits_hyphens_and_dots() {
        check(host_length, b'.', |byte| {
            byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.'
        });
    }

    #[test]
    fn a_port_has_digits() {
        check(digits_length, b'9', |byte| byte.is_ascii_digit());
    }

    #[test]
    fn a_value_has_visible_characters_and_spaces() {
        let is_accepted = |byte| matches!(byte, b' '..=b'~');
        check(|bytes| value_length(bytes, bytes), b'~', is_accepted);
        let in_window = |bytes: &[u8], before: u8| {
            let window = [&[before; BLOCK], bytes].concat();
            value_length(&window, &window[BLOCK..])
        };
        check(|bytes| in_window(bytes, b'~'), b'~', is_accepted);
        check(|bytes| in_window(bytes, b'\n'), b'~', is_accepted);
    }
}
