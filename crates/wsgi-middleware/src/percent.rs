//! Percent-encoding (RFC 3986 section 2.1).

/// Decodes escapes. Returns `None` for a `%` without two hexadecimal digits, and for a character
/// that has no escape although `may_be_plain` says that it needs one.
pub(crate) fn decode(text: &[u8], may_be_plain: impl Fn(u8) -> bool) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [byte, after @ ..] = rest {
        rest = after;
        decoded.push(match (byte, after) {
            (b'%', [high, low, after @ ..]) => {
                rest = after;
                let digit = |byte: &u8| char::from(*byte).to_digit(16);
                u8::try_from(digit(high)? * 16 + digit(low)?).ok()?
            }
            (b'%', _) => return None,
            (&byte, _) => may_be_plain(byte).then_some(byte)?,
        });
    }
    Some(decoded)
}
