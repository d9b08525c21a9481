//! The value of `Location`, from a text that may not be encoded in full.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// The characters that are escaped in a URL (RFC 3986 section 2). A `%` may begin an escape.
const NOT_IN_URLS: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Escapes what a URL cannot contain, also a `%` that begins no escape. Servers refuse a path with
/// such a sign.
pub(super) fn location_of(text: &str) -> String {
    let mut pieces = text.split('%');
    let mut location = String::with_capacity(text.len());
    location.extend(utf8_percent_encode(
        pieces.next().unwrap_or_default(),
        NOT_IN_URLS,
    ));
    for piece in pieces {
        let is_escape = matches!(piece.as_bytes(), [high, low, ..]
            if high.is_ascii_hexdigit() && low.is_ascii_hexdigit());
        location.push_str(if is_escape { "%" } else { "%25" });
        location.extend(utf8_percent_encode(piece, NOT_IN_URLS));
    }
    location
}
