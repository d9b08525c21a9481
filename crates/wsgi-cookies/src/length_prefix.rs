//! Lengths before the parts of a message, in groups of seven bits, lowest first, with the high bit
//! set in all bytes but the last (LEB128).
//!
//! Nearly every length takes one byte, which keeps usual messages within two blocks of the hash. As
//! each part is preceded by its length, two different lists of parts never make the same message.

/// The number of bytes that a length takes.
pub(crate) fn size(length: usize) -> usize {
    let bits = usize::BITS - (length | 1).leading_zeros();
    bits.div_ceil(7) as usize
}

/// The number of bytes that a part of this length takes with its length.
pub(crate) fn part_size(length: usize) -> usize {
    size(length) + length
}

/// Writes a length and moves to the room after it.
pub(crate) fn put(room: &mut &mut [u8], mut length: usize) {
    while length >= 0x80 {
        put_bytes(room, &[length as u8 | 0x80]);
        length >>= 7;
    }
    put_bytes(room, &[length as u8]);
}

/// Writes a part with its length and moves to the room after it.
pub(crate) fn put_part(room: &mut &mut [u8], part: &[u8]) {
    put(room, part.len());
    put_bytes(room, part);
}

fn put_bytes(room: &mut &mut [u8], bytes: &[u8]) {
    let here = room.split_off_mut(..bytes.len());
    here.expect("the caller has made room for all parts")
        .copy_from_slice(bytes);
}
