//! Tokens and lists, from which the grammar of fields is built (RFC 9110 section 5.6).

use crate::byte_set::alphanumeric_and;

/// Whether a byte may be part of a token (`tchar`).
#[inline]
pub(crate) const fn is_token_byte(byte: u8) -> bool {
    TOKEN[byte as usize]
}

/// Whether a byte may be part of a field value: HTAB, SP, VCHAR or obs-text (RFC 9110 section 5.5).
#[inline]
pub(crate) const fn is_value_byte(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f)
}

/// Whether `bytes` is a token.
pub(crate) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().copied().all(is_token_byte)
}

/// Strips the optional whitespace around `bytes` (OWS, RFC 9110 section 5.6.3).
pub(crate) fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

/// The elements of a list, except empty ones (RFC 9110 section 5.6.1.2).
pub(crate) fn elements(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    let elements = list.split(|&byte| byte == b',').map(trim);
    elements.filter(|element| !element.is_empty())
}

const TOKEN: [bool; 256] = alphanumeric_and(b"!#$%&'*+-.^_`|~");
