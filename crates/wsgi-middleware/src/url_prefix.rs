//! The path at which a proxy has mounted an application: `X-Forwarded-Prefix`.

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
    let mut prefix = decode(text)?;
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

/// Decodes escapes. Returns `None` if a character needs an escape and has none (RFC 3986 section
/// 3.3). Control characters and backslashes, which browsers treat as slashes, are never allowed.
fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [byte, after @ ..] = rest {
        let byte = match (byte, after) {
            (b'%', [high, low, ..]) => {
                let digit = |byte: u8| char::from(byte).to_digit(16);
                let (high, low) = (digit(*high)?, digit(*low)?);
                rest = &after[2..];
                u8::try_from(high * 16 + low).ok()?
            }
            (&byte, _) => {
                rest = after;
                let is_path = byte.is_ascii_alphanumeric() || b"/-._~!$&'()*+,;=:@".contains(&byte);
                is_path.then_some(byte)?
            }
        };
        if byte.is_ascii_control() || byte == b'\\' {
            return None;
        }
        decoded.push(byte);
    }
    Some(decoded)
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
