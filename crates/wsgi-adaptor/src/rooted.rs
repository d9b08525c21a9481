//! Files inside a root folder, and never outside it.

use std::{
    ffi::OsStr,
    fs::{self, File, Metadata},
    io::{self, ErrorKind},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

/// Opens the regular file at a decoded URL path inside `root`. `None` if there is no such file, or
/// if it is outside the root.
///
/// One slash at the start of the path is ignored. Every segment after it must be a name: `.`, `..`,
/// a second slash and NUL lead nowhere. So each file has exactly one path, apart from links, and a
/// rule for that path cannot be evaded by another spelling. Symbolic links are followed if they
/// end inside the root.
pub(crate) fn open(root: &Path, path: &[u8]) -> io::Result<Option<(File, Metadata)>> {
    let Some(path) = below(path) else {
        return Ok(None);
    };
    let root = fs::canonicalize(root)?;
    match open_real(&root, &root.join(path)) {
        Err(error) if is_absence(&error) => Ok(None),
        result => result,
    }
}

/// Opens the file once all links in its path are resolved. It does not open a device or a pipe,
/// which could block a thread for ever.
fn open_real(root: &Path, path: &Path) -> io::Result<Option<(File, Metadata)>> {
    let real = fs::canonicalize(path)?;
    if !real.starts_with(root) || !fs::metadata(&real)?.is_file() {
        return Ok(None);
    }
    let file = File::open(real)?;
    let metadata = file.metadata()?;
    Ok(metadata.is_file().then_some((file, metadata)))
}

/// The path without its leading slash, if it can only lead down.
fn below(path: &[u8]) -> Option<PathBuf> {
    let path = path.strip_prefix(b"/").unwrap_or(path);
    // Not the components of a `Path`, which omit `.` and empty segments.
    let mut segments = path.split(|&byte| byte == b'/');
    let is_name = |segment: &[u8]| !matches!(segment, b"" | b"." | b"..") && !segment.contains(&0);
    segments
        .all(is_name)
        .then(|| PathBuf::from(OsStr::from_bytes(path)))
}

/// Whether an error means that the file does not exist, or that this process may not read it.
fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotFound
            | ErrorKind::NotADirectory
            | ErrorKind::PermissionDenied
            | ErrorKind::InvalidFilename
    )
}

#[cfg(test)]
mod tests {
    use super::below;

    #[track_caller]
    fn check(path: &[u8], relative: &str) {
        assert_eq!(below(path).expect("a path").to_str(), Some(relative));
    }

    #[test]
    fn a_path_leads_down() {
        check(b"/a/b.txt", "a/b.txt");
        check(b"a/b.txt", "a/b.txt");
        check(b"/a%2Fb", "a%2Fb"); // a name like any other, since the path is decoded
        check(b"/..a/b..", "..a/b..");
        check(b"/a\\..\\b", "a\\..\\b");
    }

    #[test]
    fn a_path_that_could_lead_elsewhere_leads_nowhere() {
        for path in [
            &b"/.."[..],
            b"/../a",
            b"/a/../b",
            b"/a/..",
            b"..",
            b"./a",
            b"/a/./b",
            b"/a/.",
            b"/a//b",
            b"/",
            b"",
            b"//a",
            b"//etc/passwd",
            b"/a\0.txt",
            b"\0",
            b"/a/",
        ] {
            assert_eq!(below(path), None, "{path:?}");
        }
    }
}
