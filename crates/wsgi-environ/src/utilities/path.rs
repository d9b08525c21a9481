//! Shifting a path by a segment.

use wsgi_headers::{Value, ValueBuf};

use crate::utilities::variables::Variables;

/// Moves the first segment of `PATH_INFO` to the end of `SCRIPT_NAME` and returns it.
///
/// Returns `None` if there is no segment: `PATH_INFO` is absent or empty, has no slash (it stays as
/// it is), or is `/.`, which becomes empty. Empty segments and `.` before the last segment are
/// dropped. A lone `/` returns an empty segment and adds a slash to `SCRIPT_NAME`, so that an
/// application can distinguish `/x/` from `/x`. A segment `..` removes a segment from
/// `SCRIPT_NAME`; code that maps paths to resources should refuse it.
///
/// ```
/// use std::collections::BTreeMap;
/// use wsgi_environ::shift_path_info;
///
/// let mut environ = BTreeMap::from([
///     ("SCRIPT_NAME".to_owned(), "/blog".to_owned()),
///     ("PATH_INFO".to_owned(), "/2026//./march/".to_owned()),
/// ]);
/// assert_eq!(shift_path_info(&mut environ).unwrap(), "2026");
/// assert_eq!(environ["SCRIPT_NAME"], "/blog/2026");
/// assert_eq!(environ["PATH_INFO"], "/march/");
/// ```
pub fn shift_path_info(environ: &mut impl Variables) -> Option<ValueBuf> {
    let path_info = environ.variable("PATH_INFO")?.as_bytes();
    let first_slash = path_info.iter().position(|&byte| byte == b'/')?;
    let last_slash = path_info.iter().rposition(|&byte| byte == b'/')?;
    let (head, last) = (&path_info[..first_slash], &path_info[last_slash + 1..]);
    let mut segments = path_info[first_slash..last_slash]
        .split(|&byte| byte == b'/')
        .filter(|segment| !matches!(*segment, b"" | b"."))
        .chain([last]);
    let segment = segments.next()?;

    let mut rest = Vec::with_capacity(path_info.len());
    rest.extend_from_slice(head);
    for segment in segments {
        rest.push(b'/');
        rest.extend_from_slice(segment);
    }
    let script_name = environ
        .variable("SCRIPT_NAME")
        .map(Value::as_bytes)
        .unwrap_or_default();
    let script_name = join(script_name, segment);
    let segment = (segment != b".").then(|| ValueBuf::from(segment));

    environ.set_variable("SCRIPT_NAME", Value::new(&script_name));
    environ.set_variable("PATH_INFO", Value::new(&rest));
    segment
}

/// Adds a segment to `SCRIPT_NAME` and normalizes it.
fn join(script_name: &[u8], segment: &[u8]) -> Vec<u8> {
    let mut joined = normalize(&[script_name, b"/", segment].concat());
    if joined.ends_with(b"/") {
        joined.pop();
    }
    if segment.is_empty() && !joined.ends_with(b"/") {
        joined.push(b'/');
    }
    joined
}

/// Normalizes a path as Python's `posixpath.normpath` does: two leading slashes stay, and any other
/// number of them becomes one.
fn normalize(path: &[u8]) -> Vec<u8> {
    let root: &[u8] = match path.iter().take_while(|&&byte| byte == b'/').count() {
        0 => b"",
        2 => b"//",
        _ => b"/",
    };
    let mut segments: Vec<&[u8]> = Vec::new();
    for segment in path.split(|&byte| byte == b'/') {
        match segment {
            b"" | b"." => {}
            b".." => match segments.last() {
                Some(&parent) if parent != b".." => {
                    segments.pop();
                }
                None if !root.is_empty() => {}
                _ => segments.push(segment),
            },
            _ => segments.push(segment),
        }
    }
    let normalized = [root, &segments.join(&b'/')].concat();
    if normalized.is_empty() {
        b".".to_vec()
    } else {
        normalized
    }
}
