//! The header of a packet.

use crate::rejection::Rejection;

/// The length of the header: a modifier, the length of the text in two bytes, another modifier.
pub(crate) const HEADER: usize = 4;

/// The longest text of a packet in bytes, whose length has 16 bits.
pub(crate) const MAX_TEXT: usize = u16::MAX as usize;

/// Both modifiers of a WSGI request.
pub(crate) const WSGI: [u8; 2] = [0, 0];

/// Reads the header at the start of `bytes`, and returns the length of the text after it. Returns
/// `None` if the header is not whole yet. What has come of it is checked at once.
pub(crate) fn text_length(bytes: &[u8], max_length: usize) -> Result<Option<usize>, Rejection> {
    let [modifier1, modifier2] = WSGI;
    if bytes.first().is_some_and(|&byte| byte != modifier1) {
        return Err(Rejection::Modifier);
    }
    let [_, low, high, rest @ ..] = bytes else {
        return Ok(None);
    };
    let length = usize::from(u16::from_le_bytes([*low, *high]));
    if length > max_length {
        return Err(Rejection::HeadTooLarge);
    }
    match rest.first() {
        None => Ok(None),
        Some(&byte) if byte == modifier2 => Ok(Some(length)),
        Some(_) => Err(Rejection::Modifier),
    }
}
