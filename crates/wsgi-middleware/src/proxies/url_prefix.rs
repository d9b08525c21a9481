//! The path at which a proxy has mounted an application: `X-Forwarded-Prefix`.

use crate::percent;

/// The longest prefix, in bytes as it was sent.
const MAX_PREFIX_BYTES: usize = 1024;

/// Parses and decodes a prefix, without slashes at its end. The prefix of the root is empty.
///
/// A prefix begins with a slash. After decoding, no segment is empty, `.` or `..`: a link that
/// begins with `//example.org` leads to another host. Returns `None` for anything else.
pub(crate) fn parse(text: &[u8]) -> Option<Vec<u8>> {
    if text.len() > MAX_PREFIX_BYTES {
        return None;
    }
    let mut prefix = percent::decode(text, may_be_plain)?;
    if prefix.iter().any(is_forbidden) {
        return None;
    }
    while prefix.ends_with(b"/") {
        prefix.pop();
    }
    let mut segments = prefix.split(|&byte| byte == b'/');
    let before_slash = segments.next();
    let is_prefix = before_slash == Some(b"")
        && text.starts_with(b"/")
        && segments.all(|segment| !matches!(segment, b"" | b"." | b".."));
    is_prefix.then_some(prefix)
}

/// Whether a character needs no escape in a path (RFC 3986 section 3.3).
fn may_be_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/-._~!$&'()*+,;=:@".contains(&byte)
}

/// Control characters and backslashes, which browsers treat as slashes, are never allowed.
fn is_forbidden(byte: &u8) -> bool {
    byte.is_ascii_control() || *byte == b'\\'
}

#[cfg(test)]
mod tests {
    use super::{MAX_PREFIX_BYTES, parse};

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let expected = expected.map(|prefix| prefix.as_bytes().to_vec());
        assert_eq!(parse(text.as_bytes()), expected, "{text:?}");
    }

    #[test]
    fn a_prefix_is_decoded_and_ends_with_a_segment() {
        check("/app", Some("/app"));
        check("/app/v1/", Some("/app/v1"));
        check("/caf%C3%a9", Some("/caf\u{e9}"));
        check("/a%20b:@;=", Some("/a b:@;="));
        check("/.a/...", Some("/.a/..."));
        check("/", Some(""));
        check("//", Some(""));
        check("/app%2f", Some("/app"));
    }

    #[test]
    fn other_prefixes_are_refused() {
        for text in [
            "",
            "app",
            "//a/b",
            "/a//b",
            "/./a",
            "/a/..",
            "/%2e%2E/a",
            "/%2fa",
            "%2fa",
            "/a b",
            "/a?b",
            "/a#b",
            "/a\\b",
            "/%5ca",
            "/%00",
            "/a%0d%0a",
            "/%7f",
            "/%",
            "/%a",
            "/%g0",
            "/%0g",
            "/%+1",
            "/\u{e9}",
            "/<a>",
            "/\"",
        ] {
            check(text, None);
        }
        let longest = format!("/{}", "a".repeat(MAX_PREFIX_BYTES - 1));
        check(&longest, Some(&longest));
        check(&format!("{longest}a"), None);
    }
}
