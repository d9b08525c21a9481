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
pub(crate) fn urlencoded<N: AsRef<str>, V: AsRef<str>>(
    fields: impl IntoIterator<Item = (N, V)>,
) -> String {
    let escaped = |text: &str| {
        utf8_percent_encode(text, ESCAPED)
            .to_string()
            .replace(' ', "+")
    };
    let fields = fields.into_iter();
    let pairs = fields
        .map(|(name, value)| format!("{}={}", escaped(name.as_ref()), escaped(value.as_ref())));
    pairs.collect::<Vec<_>>().join("&")
}
