//! The host of an http URL, in the form in which browsers write it.

use std::net::{Ipv4Addr, Ipv6Addr};

use percent_encoding::percent_decode_str;

/// Parses a host (URL Standard section 3.5): a name in lower case, or an address in its shortest
/// form. `None` if it is malformed.
///
/// Browsers also encode names outside of ASCII, refuse names that are encoded wrongly (`xn--`), and
/// accept `"`, `{`, `}` and a backtick. Here, these are refused, accepted, and refused.
pub(crate) fn parse(text: &str) -> Option<String> {
    if let Some(rest) = text.strip_prefix('[') {
        return Some(written(rest.strip_suffix(']')?.parse().ok()?));
    }
    let decoded = percent_decode_str(text).decode_utf8().ok()?;
    let host = decoded.to_ascii_lowercase();
    let is_of_name = |byte: u8| byte.is_ascii_graphic() && !b"\"#%/:<>?@[\\]^`{|}".contains(&byte);
    if host.is_empty() || !host.bytes().all(is_of_name) {
        return None;
    }
    match ends_in_number(&host) {
        true => Some(ipv4(&host)?.to_string()),
        false => Some(host),
    }
}

/// Whether a host is an IP address, which has no subdomains.
pub(crate) fn is_address(host: &str) -> bool {
    host.starts_with('[') || host.parse::<Ipv4Addr>().is_ok()
}

/// Whether a host is this machine, whatever the names of the network are (Secure Contexts section
/// 3.1).
pub(crate) fn is_local(host: &str) -> bool {
    let name = host.strip_suffix('.').unwrap_or(host);
    let is_loopback = |address: Ipv4Addr| address.is_loopback();
    name == "localhost"
        || name.ends_with(".localhost")
        || host == "[::1]"
        || host.parse().is_ok_and(is_loopback)
}

/// An address in brackets (URL Standard section 3.6). It has no part with dots.
fn written(address: Ipv6Addr) -> String {
    match (address.to_ipv4_mapped(), address.segments()) {
        (Some(_), [.., high, low]) => format!("[::ffff:{high:x}:{low:x}]"),
        _ => format!("[{address}]"),
    }
}

/// Whether the last label is a number. Such a host is an address or malformed.
fn ends_in_number(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let last = host.rsplit('.').next().unwrap_or_default();
    let are_digits = !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit());
    are_digits || number(last).is_some()
}

/// An address of one to four numbers. The last one fills the bytes that are left.
fn ipv4(host: &str) -> Option<Ipv4Addr> {
    let host = host.strip_suffix('.').unwrap_or(host);
    let mut bytes = host.split('.').map(number).collect::<Option<Vec<_>>>()?;
    let last = bytes.pop()?;
    let bits = 8 * 4_usize.checked_sub(bytes.len())?;
    if bits == 0 || last >> bits != 0 || bytes.iter().any(|&byte| byte > 255) {
        return None;
    }
    let first = bytes.iter().fold(0, |bytes, byte| bytes << 8 | byte);
    Some(Ipv4Addr::from((first << bits | last) as u32)) // as they are four bytes
}

/// A number, which is octal after `0` and hexadecimal after `0x`. One that is too large for 64 bits
/// is the largest.
fn number(part: &str) -> Option<u64> {
    let (digits, radix) = match part.strip_prefix('0') {
        _ if part.is_empty() => return None,
        Some(rest) => rest.strip_prefix('x').map_or((rest, 8), |rest| (rest, 16)),
        None => (part, 10),
    };
    digits.chars().try_fold(0_u64, |number, digit| {
        let digit = u64::from(digit.to_digit(radix)?);
        Some(number.saturating_mul(radix.into()).saturating_add(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::{is_local, parse};

    #[track_caller]
    fn check(rows: &[(&str, &str)]) {
        for (text, host) in rows {
            assert_eq!(parse(text).as_deref(), Some(*host), "{text}");
        }
    }

    #[track_caller]
    fn refused(hosts: &[&str]) {
        for host in hosts {
            assert_eq!(parse(host), None, "{host}");
        }
    }

    #[test]
    fn a_name_is_decoded_and_in_lower_case() {
        check(&[
            ("Shop.Example", "shop.example"),
            ("sho%50%2eexample", "shop.example"),
            ("a_b.example.", "a_b.example."),
            ("1.2.example", "1.2.example"),
            ("0xg", "0xg"),
            ("1.2.3.4..", "1.2.3.4.."),
            (".", "."),
            ("!$&'()*+,;=~", "!$&'()*+,;=~"),
        ]);
        refused(&[
            "",
            "a%b",
            "a%",
            "a%00b",
            "a%20b",
            "a%2fb",
            "a%3ab",
            "a%40b",
            "a%7fb",
            "a%2500",
            "a b",
            "a^b",
            "a|b",
            "%5B::1%5D",
        ]);
    }

    #[test]
    fn a_name_outside_of_ascii_is_refused() {
        refused(&["caf\u{e9}.example", "%e2%98%83", "%ff", "\u{ff11}"]);
    }

    #[test]
    fn a_host_that_ends_in_a_number_is_an_address() {
        check(&[
            ("127.0.0.1", "127.0.0.1"),
            ("127.0.0.1.", "127.0.0.1"),
            ("2130706433", "127.0.0.1"),
            ("0x7F.1", "127.0.0.1"),
            ("0177.0.1", "127.0.0.1"),
            ("192.168.257", "192.168.1.1"),
            ("0xffffffff", "255.255.255.255"),
            ("0x", "0.0.0.0"),
            ("0", "0.0.0.0"),
            ("1.0xffffff", "1.255.255.255"),
            ("%31.2.3.4", "1.2.3.4"),
        ]);
        refused(&[
            "256.256.256.256",
            "1.2.3.256",
            "256.1",
            "1.2.3.4.5",
            "1.2.3.4.5.",
            "1..4",
            ".1",
            "a.example.1",
            "a.0x1",
            "08",
            "1.2.3.09",
            "4294967296",
            "1.0x1000000",
            "0xffffffffffffffffffffffff",
            "a.0xffffffffffffffffffffffff",
            "99999999999999999999999999",
        ]);
    }

    #[test]
    fn an_address_in_brackets_is_short() {
        check(&[
            ("[::1]", "[::1]"),
            ("[1:0::]", "[1::]"),
            ("[0:0:0:0:0:0:0:0]", "[::]"),
            ("[2001:DB8:0:0:1:0:0:01]", "[2001:db8::1:0:0:1]"),
            ("[1:0:2:3:4:5:6:7]", "[1:0:2:3:4:5:6:7]"),
            ("[::127.0.0.1]", "[::7f00:1]"),
            ("[::ffff:127.0.0.1]", "[::ffff:7f00:1]"),
            ("[::ffff:0:0]", "[::ffff:0:0]"),
        ]);
        refused(&[
            "[]",
            "[google.com]",
            "[0:1:2:3:4:5:6:7:8]",
            "[::1",
            "[::1]a",
            "[[::1]]",
            "[::1%25eth0]",
            "[::01.2.3.4]",
            "[1.2.3.4]",
            "[::%31]",
        ]);
    }

    #[test]
    fn an_address_is_local_and_a_name_like_one_is_not() {
        for host in [
            "localhost",
            "a.localhost",
            "localhost.",
            "127.9.9.9",
            "[::1]",
        ] {
            assert!(is_local(host), "{host}");
        }
        for host in ["127.example.org", "128.0.0.1", "notlocalhost", "[::2]", "."] {
            assert!(!is_local(host), "{host}");
        }
    }
}
