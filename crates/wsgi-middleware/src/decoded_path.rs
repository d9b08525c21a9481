//! Paths that are compared with decoded ones.

use wsgi_environ::PathMistake;
use wsgi_headers::Value;

/// Refuses a path that hardly any request has.
#[track_caller]
pub(crate) fn check(path: &str) {
    assert!(path.starts_with('/'), "the path {path:?}: {NO_SLASH}");
    check_literal("path", path.as_bytes());
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
