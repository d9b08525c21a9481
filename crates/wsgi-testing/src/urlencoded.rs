//! The serializer of `application/x-www-form-urlencoded`.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The bytes that are escaped (URL Standard section 5.2), and the space, which becomes a plus.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'*')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b' ');

/// Writes names and values.
pub(crate) fn urlencoded<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let escaped = |text| {
        utf8_percent_encode(text, ESCAPED)
            .to_string()
            .replace(' ', "+")
    };
    let fields = fields.into_iter();
    let pairs = fields.map(|(name, value)| format!("{}={}", escaped(name), escaped(value)));
    pairs.collect::<Vec<_>>().join("&")
}
