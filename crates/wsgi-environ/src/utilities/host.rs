//! The host that a client asked for.

use std::net::Ipv6Addr;

/// Whether it is `uri-host [":" port]`, the form of `HTTP_HOST` (RFC 9110 section 7.2): a name or
/// an IP address, with or without a port. The host must not be empty.
///
/// ```
/// use wsgi_environ::is_host;
///
/// assert!(is_host("example.org:8000"));
/// assert!(is_host("[2001:db8::1]"));
/// assert!(!is_host("example.org/<script>"));
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
        let end = bytes.iter().position(|&byte| !is_of_name(byte));
        return Some(end.unwrap_or(bytes.len()));
    };
    let end = literal.iter().position(|&byte| byte == b']')?;
    let address = str::from_utf8(&literal[..end]).ok()?;
    let is_address = address.parse::<Ipv6Addr>().is_ok();
    is_address.then_some(end + b"[]".len())
}

/// Whether it is a byte of `reg-name` (RFC 3986 section 3.2.2).
fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=%".contains(&byte)
}

/// Whether it is empty or a number below 65536.
fn is_port(bytes: &[u8]) -> bool {
    let is_number = bytes.iter().all(u8::is_ascii_digit);
    let text = str::from_utf8(bytes).unwrap_or_default();
    bytes.is_empty() || (is_number && text.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_names_or_addresses() {
        for text in [
            "example.org",
            "_",
            "127.0.0.1",
            "[2001:db8::1]",
            "%C3%BC.example",
            "example.org:80",
            "example.org:",
            "[::1]:65535",
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
            "a:80:80",
            "::1",
            "a host",
            "user@a",
            "a/b",
            "a\u{0}",
            "<a>",
            "[::1",
            "[]",
            "[::1]x",
            "\u{fc}.example",
        ] {
            assert!(!is_host(text), "{text}");
        }
    }
}
