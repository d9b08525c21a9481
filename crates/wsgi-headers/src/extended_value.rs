//! Extended values of parameters, `UTF-8''%e2%82%ac` (RFC 8187, section 3.2).

use crate::octets::is_attr_char;

/// Appends `text` to `out` as an extended value, in UTF-8 and without a language.
pub(crate) fn encode(text: &str, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";

    out.extend_from_slice(b"UTF-8''");
    for &byte in text.as_bytes() {
        if is_attr_char(byte) {
            out.push(byte);
        } else {
            let (high, low) = (byte >> 4, byte & 15);
            out.extend_from_slice(&[b'%', HEX[usize::from(high)], HEX[usize::from(low)]]);
        }
    }
}

/// Decodes an extended value, `charset'language'value-chars`, in UTF-8, ISO-8859-1 or US-ASCII.
/// Returns `None` for any other charset and for a malformed value; recipients ignore both (RFC
/// 8187, section 3.2.1).
///
/// [`ParameterizedValue`](crate::ParameterizedValue) decodes the extended values that it reads.
///
/// ```
/// use wsgi_headers::decode_extended_value;
///
/// assert_eq!(decode_extended_value(b"UTF-8''%e2%82%ac%20rates").as_deref(), Some("€ rates"));
/// assert_eq!(decode_extended_value(b"iso-8859-1'en'%A3%20rates").as_deref(), Some("£ rates"));
/// assert_eq!(decode_extended_value(b"us-ascii'en-us'for%20fun").as_deref(), Some("for fun"));
/// assert_eq!(decode_extended_value(b"UTF-8''100%"), None);
/// assert_eq!(decode_extended_value(b"UTF-8''%E9"), None);
/// assert_eq!(decode_extended_value(b"KOI8-R''%c1"), None);
/// ```
pub fn decode_extended_value(value: &[u8]) -> Option<String> {
    let mut parts = value.splitn(3, |&byte| byte == b'\'');
    let (charset, _language, escaped) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = unescape(escaped)?;
    if charset.eq_ignore_ascii_case(b"UTF-8") {
        String::from_utf8(bytes).ok()
    } else if charset.eq_ignore_ascii_case(b"ISO-8859-1") {
        Some(bytes.into_iter().map(char::from).collect())
    } else if charset.eq_ignore_ascii_case(b"US-ASCII") && bytes.is_ascii() {
        // Programs that follow RFC 2231 write this charset where it suffices.
        String::from_utf8(bytes).ok()
    } else {
        None
    }
}

/// Decodes `value-chars`: `attr-char` unchanged, and `%xx`.
fn unescape(mut escaped: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(escaped.len());
    while let [first, after @ ..] = escaped {
        escaped = match (first, after) {
            (b'%', [high, low, after @ ..]) => {
                bytes.push(16 * digit(*high)? + digit(*low)?);
                after
            }
            (&byte, after) if is_attr_char(byte) => {
                bytes.push(byte);
                after
            }
            _ => return None,
        };
    }
    Some(bytes)
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}
