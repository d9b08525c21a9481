//! The classes of bytes in cookies (RFC 6265bis, section 4.1.1).

use percent_encoding::{AsciiSet, CONTROLS};

/// The ASCII characters that `encoded` escapes: those that are not a cookie-octet, and the percent
/// sign, so that decoding restores the value. Non-ASCII bytes are always escaped.
pub(crate) const ESCAPED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'%')
    .add(b',')
    .add(b';')
    .add(b'\\');

/// Whether a byte is a `cookie-octet`.
pub(crate) fn is_cookie_octet(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';' | b'\\')
}

/// Whether a byte is an `av-octet`, the only bytes in the values of attributes.
pub(crate) fn is_attribute_octet(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && byte != b';'
}

/// Whether a byte is a control character other than a tab. Browsers drop cookies with one.
pub(crate) fn is_control(byte: u8) -> bool {
    byte.is_ascii_control() && byte != b'\t'
}
