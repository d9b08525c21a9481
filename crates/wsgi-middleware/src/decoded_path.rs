//! Paths that are compared with decoded ones.

/// A reason why hardly a request has such a decoded path.
pub(crate) fn mistake(path: &str) -> Option<&'static str> {
    let is_escape = |bytes: &[u8]| match bytes {
        [b'%', digits @ ..] => digits.iter().all(u8::is_ascii_hexdigit),
        _ => false,
    };
    if !path.starts_with('/') {
        Some("the path begins with a slash")
    } else if path.contains(['?', '#']) {
        Some("a query and a fragment are not parts of a path")
    } else if path.as_bytes().windows(3).any(is_escape) {
        Some("it is compared with a decoded path, so it has no percent-encoding")
    } else {
        None
    }
}

/// Refuses a path that hardly a request has.
#[track_caller]
pub(crate) fn check(path: &str) {
    if let Some(mistake) = mistake(path) {
        panic!("the path {path:?}: {mistake}");
    }
}
