//! Paths that are compared with decoded ones.

use wsgi_environ::PathMistake;
use wsgi_headers::Value;

/// Refuses a path that hardly any request has.
#[track_caller]
pub(crate) fn check(path: &str) {
    assert!(path.starts_with('/'), "the path {path:?}: {NO_SLASH}");
    check_literal("path", path.as_bytes());
}

/// Refuses a prefix with which hardly any path of a request begins.
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
    check_literal("prefix", prefix);
}

/// Refuses a segment that hardly any path of a request has.
#[track_caller]
pub(crate) fn check_segment(segment: &[u8]) {
    check_literal("name", segment);
}

/// The reason against a path that has no slash at its start.
pub(crate) const NO_SLASH: &str = "the path begins with a slash";

#[track_caller]
fn check_literal(kind: &str, path: &[u8]) {
    let shown = Value::new(path);
    match PathMistake::of(path) {
        None => {}
        Some(PathMistake::Parameter { .. } | PathMistake::End) => {
            panic!("the {kind} {shown:?}: a {kind} has no parameters")
        }
        Some(mistake) => panic!("the {kind} {shown:?}: {mistake}"),
    }
}

/// Whether a segment stands for others, as in the routes of frameworks, or in a configuration such
/// as `/app*` of Caddy.
fn is_pattern(segment: &[u8]) -> bool {
    let mistake = PathMistake::of(segment);
    let is_parameter = matches!(
        mistake,
        Some(PathMistake::Parameter { .. } | PathMistake::End)
    );
    is_parameter || segment.ends_with(b"*")
}
