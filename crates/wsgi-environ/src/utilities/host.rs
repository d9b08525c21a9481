//! The host that a client asked for.

use std::net::Ipv6Addr;

/// Whether it is `uri-host [":" port]`, the form of `HTTP_HOST` (RFC 9110 section 7.2): a name or
/// an IP address, with or without a port. The host must not be empty, a name may have escapes of
/// two digits other than `%00`, and a port has at most five digits.
///
/// ```
/// use wsgi_environ::is_host;
///
/// assert!(is_host("example.org:8000"));
/// assert!(is_host("[2001:db8::1]"));
/// assert!(!is_host("example.org/<script>"));
/// assert!(!is_host("user@example.org"));
/// ```
#[must_use]
pub fn is_host(value: impl AsRef<[u8]>) -> bool {
    let bytes = value.as_ref();
    match length(bytes).map(|length| bytes.split_at(length)) {
        Some(([_, ..], [])) => true,
        Some(([_, ..], [b':', port @ ..])) => is_port(port),
        _ => false,
    }
}

/// The length of the host at the start. `None` if an address lacks its closing bracket, or is not
/// one.
fn length(bytes: &[u8]) -> Option<usize> {
    let Some(literal) = bytes.strip_prefix(b"[") else {
        return Some(name_length(bytes));
    };
    let end = literal.iter().position(|&byte| byte == b']')?;
    let address = str::from_utf8(&literal[..end]).ok()?;
    let is_address = address.parse::<Ipv6Addr>().is_ok();
    is_address.then_some(end + b"[]".len())
}

/// The length of the `reg-name` at the start (RFC 3986 section 3.2.2).
fn name_length(bytes: &[u8]) -> usize {
    let mut end = 0;
    loop {
        match &bytes[end..] {
            // Programs in C would take an escaped NUL for the end of the name.
            [b'%', b'0', b'0', ..] => return end,
            [b'%', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                end += b"%00".len();
            }
            [byte, ..] if byte.is_ascii_alphanumeric() => end += 1,
            [byte, ..] if b"-._~!$&'()*+,;=".contains(byte) => end += 1,
            _ => return end,
        }
    }
}

/// Whether it is empty or a number below 65536, of at most five digits.
fn is_port(bytes: &[u8]) -> bool {
    let is_short_number = bytes.len() <= 5 && bytes.iter().all(u8::is_ascii_digit);
    let text = str::from_utf8(bytes).unwrap_or_default();
    bytes.is_empty() || (is_short_number && text.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    // The tests of `wsgi-http1`, whose parser is its own, compare it with this one.

    #[test]
    fn hosts_are_names_or_addresses() {
        for text in [
            "example.com",
            "example.com:8000",
            "example.com:",
            "127.0.0.1:65535",
            "_",
            "under_score.example",
            "a!$&'()*+,;=~",
            "%C3%BC.example",
            "a%01:00080",
            "[::1]",
            "[::1]:80",
            "[::ffff:1.2.3.4]:80",
            "[2001:db8::1]:",
        ] {
            assert!(is_host(text), "{text}");
        }
    }

    #[test]
    fn anything_else_is_not_a_host() {
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
            assert!(!is_host(text), "{text}");
        }
    }
}
