//! Files below a root, and never outside it.

use std::{
    ffi::OsStr,
    fs::{self, File, Metadata},
    io::{self, ErrorKind},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

/// The regular file at a decoded URL path below `root`, opened; `None` where there is none, also
/// where there is one outside the root.
///
/// One slash at the start of the path is a URL's. After it every segment must be a name: `.`, `..`,
/// a second slash, a NUL lead nowhere. So a file has one path alone, and what guards a path cannot
/// be passed by writing it in another way. Symbolic links are followed, and where they end must be
/// below the root again.
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

/// Nothing in the path that is opened is a link any more, and a device or a pipe, which could
/// hold a thread for ever, is not opened at all.
fn open_real(root: &Path, path: &Path) -> io::Result<Option<(File, Metadata)>> {
    let real = fs::canonicalize(path)?;
    if !real.starts_with(root) || !fs::metadata(&real)?.is_file() {
        return Ok(None);
    }
    let file = File::open(real)?;
    let metadata = file.metadata()?;
    Ok(metadata.is_file().then_some((file, metadata)))
}

/// The path without its slash, if it can only lead down.
fn below(path: &[u8]) -> Option<PathBuf> {
    let path = path.strip_prefix(b"/").unwrap_or(path);
    // Segments, not the components of a `Path`, which leaves `.` and empty ones out.
    let mut segments = path.split(|&byte| byte == b'/');
    let is_name = |segment: &[u8]| !matches!(segment, b"" | b"." | b"..") && !segment.contains(&0);
    segments
        .all(is_name)
        .then(|| PathBuf::from(OsStr::from_bytes(path)))
}

/// Whether an error says that there is no such file, or none for us.
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
