//! An `application/x-www-form-urlencoded` text in memory.

use std::{borrow::Cow, iter::FusedIterator};

use percent_encoding::percent_decode;

/// An iterator over the names and values of an `application/x-www-form-urlencoded` text, such as a
/// body or the query of a URL. It follows the URL Standard.
///
/// No text is malformed. A plus becomes a space, an invalid escape stays as it is, U+FFFD replaces
/// bytes that are not UTF-8, and a field without `=` is a name with an empty value. Only names and
/// values with escapes are copied.
///
/// ```
/// use wsgi_forms::Urlencoded;
///
/// let mut fields = Urlencoded::parse("q=rust+%E2%9D%A4&&page=2&all&q=100%");
/// assert_eq!(fields.next(), Some(("q".into(), "rust ❤".into())));
/// assert_eq!(fields.next(), Some(("page".into(), "2".into())));
/// assert_eq!(fields.next(), Some(("all".into(), "".into())));
/// assert_eq!(fields.next(), Some(("q".into(), "100%".into())));
/// assert_eq!(fields.next(), None);
/// ```
#[derive(Clone, Debug)]
pub struct Urlencoded<'a> {
    /// The text after the last `&`, or `None` after the last field.
    rest: Option<&'a [u8]>,
}

impl<'a> Urlencoded<'a> {
    /// Creates an iterator over the fields of `text`.
    pub fn parse(text: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        Self {
            rest: Some(text.as_ref()),
        }
    }
}

impl<'a> Iterator for Urlencoded<'a> {
    type Item = (Cow<'a, str>, Cow<'a, str>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (field, rest) = split_at_byte(self.rest?, b'&');
            self.rest = rest;
            if !field.is_empty() {
                return Some(decode_field(field));
            }
        }
    }
}

impl FusedIterator for Urlencoded<'_> {}

/// The name and the value of one field.
pub(crate) fn decode_field(field: &[u8]) -> (Cow<'_, str>, Cow<'_, str>) {
    let (name, value) = split_at_byte(field, b'=');
    (decode(name), decode(value.unwrap_or_default()))
}

/// The bytes before the first separator, and those after it if there is one.
pub(crate) fn split_at_byte(bytes: &[u8], separator: u8) -> (&[u8], Option<&[u8]>) {
    match bytes.iter().position(|&byte| byte == separator) {
        Some(at) => (&bytes[..at], Some(&bytes[at + 1..])),
        None => (bytes, None),
    }
}

fn decode(text: &[u8]) -> Cow<'_, str> {
    if !text.contains(&b'+') {
        return percent_decode(text).decode_utf8_lossy();
    }
    let spaced: Vec<_> = text
        .iter()
        .map(|&byte| if byte == b'+' { b' ' } else { byte })
        .collect();
    Cow::Owned(percent_decode(&spaced).decode_utf8_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str)]) {
        let fields: Vec<_> = Urlencoded::parse(text).collect();
        let fields: Vec<_> = fields.iter().map(|(n, v)| (&**n, &**v)).collect();
        assert_eq!(fields, expected, "{text}");
    }

    #[test]
    fn ampersands_separate_fields_and_empty_fields_are_skipped() {
        check("", &[]);
        check("&", &[]);
        check("a=1", &[("a", "1")]);
        check("&a=1&&b=2&", &[("a", "1"), ("b", "2")]);
        check("a=1;b=2", &[("a", "1;b=2")]);
    }

    #[test]
    fn the_first_equals_sign_separates_name_and_value() {
        check("a", &[("a", "")]);
        check("a=", &[("a", "")]);
        check("=a", &[("", "a")]);
        check("=", &[("", "")]);
        check("a==b", &[("a", "=b")]);
    }

    #[test]
    fn escapes_are_decoded_once_and_after_the_split() {
        check("a%3Db=c%26d", &[("a=b", "c&d")]);
        check("a+b=%2B+%2b", &[("a b", "+ +")]);
        check("a=%2541", &[("a", "%41")]);
        check("a=%&b=%4&c=%zz", &[("a", "%"), ("b", "%4"), ("c", "%zz")]);
        check("a=%FF%e2%82%ac", &[("a", "\u{fffd}€")]);
    }
}
