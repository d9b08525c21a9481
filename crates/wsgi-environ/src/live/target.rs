//! The path of a request target (RFC 9112 section 3.2).

use percent_encoding::percent_decode;

/// The path of a method's target, still encoded; `None` for `host:port`. It is empty for `*`, and
/// `/` for an absolute form with an empty path. But with OPTIONS and without a query, such a form
/// means the same as `*` (RFC 9110 section 4.2.3, RFC 9112 section 3.2.4).
pub(crate) fn path<'a>(method: &[u8], target: &'a [u8]) -> Option<&'a [u8]> {
    let end = target.iter().position(|byte| matches!(byte, b'?' | b'#'));
    let target = &target[..end.unwrap_or(target.len())];
    if target.starts_with(b"/") {
        return Some(target);
    }
    if target == b"*" {
        return Some(b"");
    }
    let scheme = target.windows(3).position(|bytes| bytes == b"://")?;
    let host = &target[scheme + 3..];
    match host.iter().position(|&byte| byte == b'/') {
        Some(slash) => Some(&host[slash..]),
        None if end.is_none() && method == b"OPTIONS" => Some(b""),
        None => Some(b"/"),
    }
}

/// Appends the decoded path to `out`; `None` if an escape lacks its digits or is that of NUL, which
/// would end a string early in code written in C.
pub(crate) fn decode(path: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let is_escape = |&byte: &u8| byte == b'%';
    let Some(first) = path.iter().position(is_escape) else {
        out.extend_from_slice(path);
        return Some(());
    };
    let mut rest = &path[first..];
    while let Some(percent) = rest.iter().position(is_escape) {
        match rest[percent + 1..] {
            [b'0', b'0', ..] => return None,
            [high, low, ref after @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                rest = after;
            }
            _ => return None,
        }
    }
    out.extend(percent_decode(path));
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(target: &str, expected: Option<&str>) {
        let path = path(b"GET", target.as_bytes());
        assert_eq!(path, expected.map(str::as_bytes), "{target}");
    }

    #[test]
    fn every_form_of_target_has_its_path() {
        check("/", Some("/"));
        check("/a/b?c=/d", Some("/a/b"));
        check("/a#b?c", Some("/a"));
        check("//a://b", Some("//a://b"));
        check("http://host/a?b", Some("/a"));
        check("https://host", Some("/"));
        check("http://host?a/b", Some("/"));
        check("http://host?://b/c", Some("/"));
        check("*", Some(""));
        check("host:443", None);
        check("", None);
    }

    #[test]
    fn options_without_a_path_is_about_the_server() {
        for (target, expected) in [
            ("*", ""),
            ("http://host", ""),
            ("http://host/", "/"),
            ("http://host?a", "/"),
            ("/", "/"),
        ] {
            let path = path(b"OPTIONS", target.as_bytes());
            assert_eq!(path, Some(expected.as_bytes()), "{target}");
        }
    }
}
