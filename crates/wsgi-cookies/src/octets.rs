//! Which bytes may stand where (RFC 6265bis, section 4.1.1).

use percent_encoding::{AsciiSet, CONTROLS};

/// What `encoded` escapes: all that is no cookie-octet, and the percent sign itself, so that
/// decoding gives the value back. Bytes from 0x80 up are always escaped.
pub(crate) const ESCAPED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'%')
    .add(b',')
    .add(b';')
    .add(b'\\');

/// The `token` of RFC 9110, which a cookie's name must be.
pub(crate) fn is_token(name: &str) -> bool {
    let is_tchar = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(is_tchar)
}

/// A `cookie-octet`.
pub(crate) fn is_cookie_octet(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';' | b'\\')
}

/// An `av-octet`, of which the values of attributes are made.
pub(crate) fn is_attribute_octet(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && byte != b';'
}

/// A byte at which browsers drop a whole cookie: a control character other than the tab.
pub(crate) fn is_control(byte: u8) -> bool {
    byte.is_ascii_control() && byte != b'\t'
}
