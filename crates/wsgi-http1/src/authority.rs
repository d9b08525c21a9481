//! `uri-host [":" port]`, the syntax of a Host field and of an authority (RFC 9110 section 7.2, RFC
//! 3986 section 3.2).

use std::net::Ipv6Addr;

use crate::{byte_set::alphanumeric_and, escape, scan, span::Span};

/// Whether `bytes` is a host with or without a port. Userinfo and empty hosts are not allowed.
pub(crate) fn is_host(bytes: &[u8]) -> bool {
    is_host_at(bytes, (0, bytes.len() as u32))
}

/// Whether `span` covers [a host](is_host). The byte after the span must not be part of one.
#[inline]
pub(crate) fn is_host_at(bytes: &[u8], (start, end): Span) -> bool {
    // Scans beyond the end, because a scan of whole blocks is faster.
    let open = &bytes[start as usize..];
    let length = (end - start) as usize;
    let plain = scan::host_length(open);
    match open[..length].split_at_checked(plain) {
        // Mutant: without the first two arms, `is_rare_host` returns the same, but later.
        Some(([_, ..], [])) => true,
        Some(([_, ..], [b':', port @ ..])) => {
            is_at_most_the_last_port(port) && scan::digits_length(&open[plain + 1..]) == port.len()
        }
        _ => is_rare_host(&open[..length]),
    }
}

/// Whether `bytes` is a host with a port that is not empty, as CONNECT requires.
pub(crate) fn is_host_and_port(bytes: &[u8]) -> bool {
    is_host(bytes) && bytes.len() > host_length(bytes) + 1
}

#[cold]
#[inline(never)]
fn is_rare_host(bytes: &[u8]) -> bool {
    let length = host_length(bytes);
    length > 0
        && match &bytes[length..] {
            [] => true,
            [b':', port @ ..] => is_port(port),
            _ => false,
        }
}

/// The length of the host at the start of `bytes`, or zero.
fn host_length(bytes: &[u8]) -> usize {
    if let [b'[', literal @ ..] = bytes {
        return ipv6_length(literal).map_or(0, |length| length + 2);
    }
    let mut end = 0;
    loop {
        match bytes.get(end) {
            Some(b'%') if escape::is_escape(&bytes[end..]) => end += 3,
            Some(&byte) if NAME[byte as usize] => end += 1,
            _ => return end,
        }
    }
}

/// The length of the IPv6 address before the closing bracket.
fn ipv6_length(literal: &[u8]) -> Option<usize> {
    let end = literal.iter().position(|&byte| byte == b']')?;
    let text = str::from_utf8(&literal[..end]).ok()?;
    text.parse::<Ipv6Addr>().ok().map(|_| end)
}

/// Whether `bytes` is empty or a decimal number up to 65535, of at most five digits.
fn is_port(bytes: &[u8]) -> bool {
    is_at_most_the_last_port(bytes) && bytes.iter().all(u8::is_ascii_digit)
}

/// Whether digits are at most five, and a number up to 65535.
#[inline]
fn is_at_most_the_last_port(digits: &[u8]) -> bool {
    match digits.len() {
        5 => digits <= b"65535".as_slice(), // numbers of five digits have the same order as text
        length => length < 5,
    }
}

/// `unreserved` and `sub-delims` of RFC 3986.
const NAME: [bool; 256] = alphanumeric_and(b"-._~!$&'()*+,;=");

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // `wsgi_environ::is_host`, which other gateways use, has its own code for the same grammar, so
    // that each crate can be used without the other.

    proptest! {
        #[test]
        fn every_gateway_takes_the_same_hosts(
            text in prop_oneof![
                r"[a:0-9%\[\].@/ _~-]{0,12}",
                r"\[[0-9a-fA-F:.%]{0,24}\](:[0-9]{0,6})?",
                r"([a-z0-9.!$&'()*+,;=_~-]|%[0-9a-fA-F]{2}){0,6}(:[0-9]{0,6})?",
            ],
            other: u8,
            at: prop::sample::Index,
            is_changed: bool,
        ) {
            let mut bytes = text.into_bytes();
            if is_changed && !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = other;
            }
            prop_assert_eq!(is_host(&bytes), wsgi_environ::is_host(&bytes), "{:?}", bytes);
        }
    }

    #[test]
    fn hosts_may_have_a_port() {
        for text in [
            "example.com",
            "example.com:",
            "_",
            "under_score.example",
            "a!$&'()*+,;=~",
            "%C3%BC.example",
            "[::1]",
            "[2001:db8::1]:",
        ] {
            assert!(is_host(text.as_bytes()), "{text}");
            assert!(!is_host_and_port(text.as_bytes()), "{text} has no port");
        }
    }

    #[test]
    fn connect_needs_a_host_with_a_port() {
        for text in [
            "example.com:8000",
            "127.0.0.1:65535",
            "a%01:00080",
            "[::1]:80",
            "[::ffff:1.2.3.4]:80",
        ] {
            assert!(is_host(text.as_bytes()), "{text}");
            assert!(is_host_and_port(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            ":80",
            "a:65536",
            "a:+80",
            "a:80x",
            "a:000080",
            "a:80:80",
            "user@a",
            "user:pw@a",
            "a b",
            "a/b",
            "a,b\t",
            "[::1",
            "[::1]x",
            "[]",
            "[g::1]",
            "[::1%25eth0]",
            "[v1.a]",
            "::1",
            "%",
            "a%zz",
            "a%0",
            "a%00",
            "a\\b",
            "a\"",
            "\u{fc}.example",
            "a\u{0}",
            "<a>",
            "a?b",
            "a#b",
        ] {
            assert!(!is_host(text.as_bytes()), "{text}");
            assert!(!is_host_and_port(text.as_bytes()), "{text}");
        }
    }
}
