//! The path of a request.

use crate::file_path::FilePath;

/// The path of a request: that of a file, and whether it ends with a slash.
pub(crate) struct RequestPath<'a> {
    pub(crate) path: FilePath<'a>,
    pub(crate) has_slash: bool,
}

impl<'a> RequestPath<'a> {
    /// Reads a `PATH_INFO`, which is decoded. Returns `None` if no file can be there.
    ///
    /// Nothing is normalized: each file has one URL, so a rule for it has no way around, unless the
    /// file system itself knows other spellings.
    pub(crate) fn parse(path_info: &'a [u8]) -> Option<Self> {
        let (path, has_slash) = match path_info {
            b"" => (&b""[..], false),
            b"/" => (&b""[..], true),
            [b'/', path @ .., b'/'] if !path.is_empty() => (path, true),
            [b'/', path @ ..] => (path, false),
            _ => return None,
        };
        let path = FilePath::new(path)?;
        let is_root = path_info.len() <= 1;
        (path.is_root() == is_root).then_some(Self { path, has_slash })
    }

    /// Whether a name on the way begins with a dot, other than `.well-known` at the root (RFC
    /// 8615).
    pub(crate) fn is_hidden(&self) -> bool {
        let mut segments = self.path.segments().enumerate();
        segments
            .any(|(depth, name)| name.starts_with(b".") && !(depth == 0 && name == b".well-known"))
    }
}

#[cfg(test)]
mod tests {
    use super::RequestPath;

    #[track_caller]
    fn check(path_info: &str, expected: Option<(&str, bool)>) {
        let parsed = RequestPath::parse(path_info.as_bytes());
        let parsed = parsed
            .as_ref()
            .map(|found| (found.path.to_str().expect("text"), found.has_slash));
        assert_eq!(parsed, expected, "{path_info:?}");
    }

    #[test]
    fn a_path_is_that_of_a_file_or_a_folder() {
        check("", Some(("", false)));
        check("/", Some(("", true)));
        check("/a", Some(("a", false)));
        check("/a/", Some(("a", true)));
        check("/a/b c.txt", Some(("a/b c.txt", false)));
        check("/a/%2e%2e/b", Some(("a/%2e%2e/b", false)));
        check("/a\\..\\b", Some(("a\\..\\b", false)));
        check("/..a/b..", Some(("..a/b..", false)));
    }

    #[test]
    fn other_spellings_lead_nowhere() {
        for path in [
            "a", "//", "///", "//a", "/a//", "/a//b", "/.", "/..", "/./", "/../", "/a/..",
            "/a/../b", "/a/./b", "/../a", "/a\0", "/a/\0/b", "\0", "*",
        ] {
            check(path, None);
        }
        check(&format!("/{}", "a".repeat(4097)), None);
    }

    #[test]
    fn names_that_begin_with_a_dot_are_hidden() {
        let is_hidden = |path: &str| RequestPath::parse(path.as_bytes()).unwrap().is_hidden();
        for path in [
            "/.git/config",
            "/a/.env",
            "/.a/",
            "/a/.well-known",
            "/.well-known/.a",
        ] {
            assert!(is_hidden(path), "{path}");
        }
        for path in ["/", "/a.b", "/.well-known/security.txt", "/a/b."] {
            assert!(!is_hidden(path), "{path}");
        }
    }
}
