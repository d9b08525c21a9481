//! Names and addresses of servers.

use std::net::Ipv6Addr;

/// Whether it is a name or an IP address. An IPv6 address may lack its brackets, as with CPython.
pub(crate) fn is_host(bytes: &[u8]) -> bool {
    is_ipv6(bytes) || (!bytes.is_empty() && length(bytes) == Some(bytes.len()))
}

/// Whether it is `uri-host [":" port]` (RFC 9110 section 7.2), with a host that is not empty.
pub(crate) fn is_host_with_port(bytes: &[u8]) -> bool {
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
    is_ipv6(&literal[..end]).then_some(end + b"[]".len())
}

fn is_ipv6(bytes: &[u8]) -> bool {
    str::from_utf8(bytes).is_ok_and(|text| text.parse::<Ipv6Addr>().is_ok())
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
        for (text, host, with_port) in [
            ("example.org", true, true),
            ("_", true, true),
            ("127.0.0.1", true, true),
            ("[2001:db8::1]", true, true),
            ("::1", true, false),
            ("%C3%BC.example", true, true),
            ("example.org:80", false, true),
            ("example.org:", false, true),
            ("[::1]:65535", false, true),
            ("", false, false),
            (":80", false, false),
            ("a:65536", false, false),
            ("a:+80", false, false),
            ("a:80:80", false, false),
            ("A Host", false, false),
            ("user@a", false, false),
            ("a/b", false, false),
            ("[::1", false, false),
            ("[]", false, false),
            ("[::1]x", false, false),
            ("\u{fc}.example", false, false),
        ] {
            assert_eq!(is_host(text.as_bytes()), host, "{text} as a host");
            assert_eq!(
                is_host_with_port(text.as_bytes()),
                with_port,
                "{text} with a port"
            );
        }
    }
}
