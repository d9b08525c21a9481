//! Paths that are compared with decoded ones.

use wsgi_headers::Value;

const ENCODED: &str = "it is compared with a decoded path, so it has no percent-encoding";

/// A reason why hardly a request has such a decoded path.
pub(crate) fn mistake(path: &str) -> Option<&'static str> {
    match path.starts_with('/') {
        true => mistake_in(path.as_bytes()),
        false => Some("the path begins with a slash"),
    }
}

fn mistake_in(path: &[u8]) -> Option<&'static str> {
    if path.iter().any(|byte| b"?#".contains(byte)) {
        Some("a query and a fragment are not parts of a path")
    } else if is_encoded(path) {
        Some(ENCODED)
    } else {
        None
    }
}

fn is_encoded(path: &[u8]) -> bool {
    path.windows(3)
        .any(|bytes| bytes[0] == b'%' && bytes[1..].iter().all(u8::is_ascii_hexdigit))
}

/// Refuses a path that hardly a request has.
#[track_caller]
pub(crate) fn check(path: &str) {
    if let Some(mistake) = mistake(path) {
        panic!("the path {path:?}: {mistake}");
    }
}

/// Refuses a prefix with which hardly a path of a request begins.
#[track_caller]
pub(crate) fn check_prefix(prefix: &[u8]) {
    let shown = Value::new(prefix);
    assert!(
        !prefix.windows(3).any(|bytes| bytes == b"://"),
        "the prefix {shown:?}: a scheme and a host are not parts of a path; `Hosts` chooses by host"
    );
    let mut end = 0;
    for segment in prefix.split(|&byte| byte == b'/') {
        if is_pattern(segment) {
            let before = &prefix[..end.max(1) - 1];
            let before = Value::new(if before.is_empty() { b"/" } else { before });
            panic!(
                "the prefix {shown:?}: a prefix has no parameters; {before:?} matches all paths \
                 below it"
            );
        }
        end += segment.len() + 1;
    }
    if let Some(mistake) = mistake_in(prefix) {
        panic!("the prefix {shown:?}: {mistake}");
    }
}

/// Refuses a segment that is percent-encoded.
#[track_caller]
pub(crate) fn check_segment(segment: &[u8]) {
    let shown = Value::new(segment);
    assert!(!is_encoded(segment), "the name {shown:?}: {ENCODED}");
}

/// Whether a segment stands for others, as the routes of frameworks and the patterns of shells do.
fn is_pattern(segment: &[u8]) -> bool {
    matches!(
        segment,
        [b'*', ..] | [.., b'*'] | [b':', _, ..] | [b'<', .., b'>'] | [b'{', .., b'}']
    )
}
