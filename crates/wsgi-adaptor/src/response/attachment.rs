//! The value of `Content-Disposition` for a download (RFC 6266).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The characters that are escaped in an extended value (RFC 8187 section 3.2.1), and a few more.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Returns the value for a name without control characters.
///
/// Some programs read `filename` alone. Others decode escapes such as `%41` in it, or do not know
/// that a backslash quotes. If a name is not ASCII or has any of these, `filename` is a substitute,
/// and `filename*` is the name, which all others prefer (section 4.3 and appendix D).
pub(super) fn attachment(name: &str) -> String {
    if name.is_empty() {
        return "attachment".to_owned();
    }
    if name.is_ascii() && !name.contains(['"', '\\']) && !has_escape(name) {
        return format!("attachment; filename=\"{name}\"");
    }
    let is_misread = |character: char| !character.is_ascii() || "%\"\\".contains(character);
    let substitute = name.replace(is_misread, "_");
    let escaped = utf8_percent_encode(name, ESCAPED);
    format!("attachment; filename=\"{substitute}\"; filename*=UTF-8''{escaped}")
}

/// Whether a name has a percent sign before two hexadecimal digits.
fn has_escape(name: &str) -> bool {
    let is_escape = |bytes: &[u8]| bytes[0] == b'%' && bytes[1..].iter().all(u8::is_ascii_hexdigit);
    name.as_bytes().windows("%41".len()).any(is_escape)
}
