//! The field `Forwarded` (RFC 7239), read from its end.
//!
//! Each proxy adds an element at the end, so the text before it may be a client's. A client could
//! open a quoted string there and never close it. The elements are therefore split from the right,
//! and no text before an element's comma changes the element.

use std::{borrow::Cow, mem};

use wsgi_headers::is_token;

use crate::{
    authority::Authority,
    proxies::{node::Sender, scheme::is_https},
};

/// The longest element that is read, in bytes.
const MAX_ELEMENT_BYTES: usize = 1024;

/// A proxy's description of the request that it received.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    /// The sender of the request. `None` if it is absent, unknown or obfuscated.
    pub(crate) sender: Option<Sender>,
    /// Whether the scheme was `https`. `None` if it is absent, or neither `https` nor `http`.
    pub(crate) is_https: Option<bool>,
    /// The value of its `Host`. `None` if it is absent or invalid.
    pub(crate) host: Option<Authority>,
}

/// Returns the elements of a field, last one first. A malformed element, which may be empty, says
/// nothing.
pub(crate) fn elements(field: &[u8]) -> impl Iterator<Item = Element> {
    let mut rest = (!field.trim_ascii().is_empty()).then_some(field);
    std::iter::from_fn(move || {
        let (before, element) = split_last(rest?);
        rest = before;
        Some(Element::parse(element.trim_ascii()).unwrap_or_default())
    })
}

/// Splits a field at its last comma that is not in a quoted string.
fn split_last(field: &[u8]) -> (Option<&[u8]>, &[u8]) {
    let mut is_quoted = false;
    for (index, &byte) in field.iter().enumerate().rev() {
        match byte {
            // From the right, the first quote ends a string, and one without a backslash begins it.
            b'"' => is_quoted = !is_quoted || is_escaped(&field[..index]),
            b',' if !is_quoted => return (Some(&field[..index]), &field[index + 1..]),
            _ => {}
        }
    }
    (None, field)
}

/// Whether the backslashes at the end of `before` escape the byte after it.
fn is_escaped(before: &[u8]) -> bool {
    let backslashes = before.iter().rev().take_while(|&&byte| byte == b'\\');
    backslashes.count() % 2 == 1
}

/// A name, its value, and the text after them.
type Pair<'a> = (&'a [u8], Cow<'a, [u8]>, &'a [u8]);

impl Element {
    /// Parses pairs between semicolons. A pair may be empty, and none may be repeated (section 4).
    fn parse(mut text: &[u8]) -> Option<Self> {
        if text.len() > MAX_ELEMENT_BYTES {
            return None;
        }
        let mut element = Self::default();
        let (mut has_node, mut has_scheme, mut has_host) = (false, false, false);
        loop {
            if !matches!(text.first(), None | Some(b';')) {
                let (name, value, rest) = pair(text)?;
                let mut is_repeated = false;
                if name.eq_ignore_ascii_case(b"for") {
                    is_repeated = mem::replace(&mut has_node, true);
                    element.sender = Sender::parse(&value);
                } else if name.eq_ignore_ascii_case(b"proto") {
                    is_repeated = mem::replace(&mut has_scheme, true);
                    element.is_https = is_https(&value);
                } else if name.eq_ignore_ascii_case(b"host") {
                    is_repeated = mem::replace(&mut has_host, true);
                    element.host = Authority::parse(&value);
                }
                if is_repeated {
                    return None;
                }
                text = rest.trim_ascii_start();
            }
            text = match text {
                [] => return Some(element),
                [b';', rest @ ..] => rest.trim_ascii_start(),
                _ => return None,
            };
        }
    }
}

/// Splits `name=value` from the start of a text. The value is a token or a quoted string. Without
/// quotes it may also have other characters, such as colons, which many proxies do not quote.
fn pair(text: &[u8]) -> Option<Pair<'_>> {
    let equals = text.iter().position(|&byte| byte == b'=')?;
    let (name, rest) = (&text[..equals], &text[equals + 1..]);
    if !is_token(name) {
        return None;
    }
    if let Some(rest) = rest.strip_prefix(b"\"") {
        let (value, rest) = quoted(rest)?;
        return Some((name, value, rest));
    }
    let ends = |byte: &u8| matches!(byte, b';' | b'"' | b'\\' | b' ' | b'\t');
    let end = rest.iter().position(ends).unwrap_or(rest.len());
    let (value, rest) = rest.split_at(end);
    (!value.is_empty()).then_some((name, Cow::Borrowed(value), rest))
}

/// Splits a quoted string after its opening quote (RFC 9110 section 5.6.4).
fn quoted(text: &[u8]) -> Option<(Cow<'_, [u8]>, &[u8])> {
    let end = text.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
    if text[end] == b'"' {
        return Some((Cow::Borrowed(&text[..end]), &text[end + 1..]));
    }
    let mut value = Vec::new();
    let mut bytes = text.iter().enumerate();
    while let Some((index, &byte)) = bytes.next() {
        match byte {
            b'"' => return Some((Cow::Owned(value), &text[index + 1..])),
            b'\\' => value.push(*bytes.next()?.1),
            _ => value.push(byte),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender(text: &str) -> Option<Sender> {
        Some(Sender::parse(text.as_bytes()).expect(text))
    }

    fn host(text: &str) -> Option<Authority> {
        Some(Authority::parse(text.as_bytes()).expect(text))
    }

    #[track_caller]
    fn check(field: &str, expected: &[Element]) {
        let elements: Vec<_> = elements(field.as_bytes()).collect();
        assert_eq!(elements, expected, "{field}");
    }

    fn of(address: &str) -> Element {
        Element {
            sender: sender(address),
            ..Element::default()
        }
    }

    /// The examples of RFC 7239 section 4 and 7.4.
    #[test]
    fn elements_come_from_the_last_to_the_first() {
        check("for=\"_gazonk\"", &[Element::default()]);
        check(
            "For=\"[2001:db8:cafe::17]:4711\"",
            &[of("[2001:db8:cafe::17]:4711")],
        );
        let secure = Element {
            is_https: Some(false),
            ..of("192.0.2.60")
        };
        check("for=192.0.2.60;proto=http;by=203.0.113.43", &[secure]);
        check(
            "for=192.0.2.43, for=198.51.100.17",
            &[of("198.51.100.17"), of("192.0.2.43")],
        );
        let element = Element {
            sender: sender("[2001:db8:cafe::17]"),
            is_https: Some(true),
            host: host("example.org:8443"),
        };
        let field = "for=192.0.2.43,for=\"[2001:db8:cafe::17]\";HOST=\"example.org:8443\";\
                     Proto=HTTPS;secret=\"a, \\\"b; c\\\\\",for=unknown";
        check(field, &[Element::default(), element, of("192.0.2.43")]);
    }

    #[test]
    fn spaces_and_empty_pairs_change_nothing() {
        let element = Element {
            is_https: Some(true),
            ..of("192.0.2.1")
        };
        for field in [
            "for=192.0.2.1;proto=https",
            " \t;;for=192.0.2.1 ; ;\tproto=https; ",
            "x=a;for=\"192.0.2.1\";proto=\"ht\\tps\";y=\"\"",
        ] {
            check(field, std::slice::from_ref(&element));
        }
        check("", &[]);
        check(" \t", &[]);
    }

    #[test]
    fn a_malformed_element_says_nothing() {
        for element in [
            "",
            "for",
            "=a",
            "for=",
            "for =192.0.2.1",
            "for= 192.0.2.1",
            "for=192.0.2.1 proto=https",
            "for=192.0.2.1;for=192.0.2.2",
            "proto=https;For=192.0.2.1;PROTO=https",
            "host=a;host=a",
            "for=\"192.0.2.1\"proto=https",
            "for=192.0.2.1\"a\"",
            "f\u{e9}r=a",
            "proto=https;for=192.0.2.1;x=\"",
            "proto=https;for=192.0.2.1;\"",
            "proto=https;x=\\",
        ] {
            check(&format!("for=192.0.2.9, {element}")[..], &{
                // An open string hides the elements before it.
                let hides = element.matches('"').count() % 2 == 1;
                let others = (!hides).then(|| of("192.0.2.9"));
                [Element::default()]
                    .into_iter()
                    .chain(others)
                    .collect::<Vec<_>>()
            });
        }
    }

    #[test]
    fn a_parameter_that_is_not_understood_is_absent() {
        let field = "for=\"_x\";proto=ftp;host=\"a/b\"";
        check(field, &[Element::default()]);
    }

    #[test]
    fn an_element_has_at_most_a_kibibyte() {
        let longest = format!("for=192.0.2.1;x={}", "a".repeat(MAX_ELEMENT_BYTES - 16));
        assert_eq!(longest.len(), MAX_ELEMENT_BYTES);
        check(&longest, &[of("192.0.2.1")]);
        check(&format!("{longest}a"), &[Element::default()]);
    }

    #[test]
    fn no_text_of_a_client_changes_the_element_after_it() {
        let last = "for=\"[2001:db8::1]:80\";host=\"a\"";
        let expected = elements(last.as_bytes()).next().expect("an element");
        for client in [
            "for=\"",
            "x=\"\\",
            "\"\"\"",
            "for=\"a, ",
            "\\",
            ";",
            "x=\", for=1.1.1.1\"",
        ] {
            let field = format!("{client}, {last}");
            assert_eq!(elements(field.as_bytes()).next(), Some(expected.clone()));
        }
    }
}
