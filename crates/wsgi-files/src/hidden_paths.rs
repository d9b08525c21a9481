//! Files and folders that requests do not find.

use crate::{
    file_path::FilePath,
    pattern::{Pattern, path_of},
};

/// The patterns of files and folders that requests do not find. What is in such a folder is hidden,
/// too. Case makes no difference, as some file systems find a file by another one.
#[derive(Debug, Default)]
pub(crate) struct HiddenPaths {
    /// Patterns of names, in any folder.
    names: Vec<Pattern>,
    /// Patterns of whole paths.
    paths: Vec<Pattern>,
}

impl HiddenPaths {
    /// Adds a pattern: with a slash, of a path from the root; otherwise, of a name.
    ///
    /// # Panics
    ///
    /// The pattern matches no file.
    #[track_caller]
    pub(crate) fn add(&mut self, pattern: &str) {
        let Some(path) = Self::path(pattern) else {
            panic!("the pattern {pattern:?} matches nothing");
        };
        if pattern.contains('/') {
            let inside = format!("{path}/*");
            self.paths
                .extend([Pattern::new(path), Pattern::new(&inside)]);
        } else {
            self.names.push(Pattern::new(path));
        }
    }

    /// The path or the name of a pattern, without the slashes around; `None` if it matches no file.
    pub(crate) fn path(pattern: &str) -> Option<&str> {
        path_of(pattern.trim_end_matches('/'))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.names.is_empty() && self.paths.is_empty()
    }

    /// Whether a file is hidden, or a folder on the way to it.
    pub(crate) fn hide(&self, path: &FilePath<'_>) -> bool {
        let matches = |patterns: &[Pattern], text| {
            let mut patterns = patterns.iter();
            patterns.any(|pattern| pattern.matches_in_any_case(text))
        };
        matches(&self.paths, path.as_bytes())
            || !self.names.is_empty() && path.segments().any(|name| matches(&self.names, name))
    }
}

#[cfg(test)]
mod tests {
    use super::HiddenPaths;
    use crate::file_path::FilePath;

    #[track_caller]
    fn check(pattern: &str, path: &str, expected: bool) {
        let mut hidden = HiddenPaths::default();
        hidden.add(pattern);
        let path = FilePath::new(path).expect("a path");
        assert_eq!(hidden.hide(&path), expected, "{pattern} {path:?}");
    }

    #[test]
    fn a_pattern_without_a_slash_is_that_of_a_name() {
        for path in ["a.bak", "folder/a.bak", "old.bak/a.txt", "a.BAK"] {
            check("*.bak", path, true);
        }
        for path in ["", "a.bak.txt", "bak"] {
            check("*.bak", path, false);
        }
        check("drafts", "posts/drafts/1.md", true);
        check("drafts", "drafts.html", false);
    }

    #[test]
    fn a_pattern_with_a_slash_is_that_of_a_path() {
        for pattern in ["/drafts", "drafts/", "/drafts/", "./drafts", "././/drafts"] {
            check(pattern, "drafts", true);
            check(pattern, "Drafts/a", true);
            check(pattern, "drafts/a/b.txt", true);
            check(pattern, "drafts2", false);
            check(pattern, "posts/drafts", false);
        }
        check("/posts/*.md", "posts/a.md", true);
        check("/posts/*.md", "posts/2026/a.md", true);
        check("/posts/*.md", "a.md", false);
        check("/drafts/*", "drafts", false);
        check("/drafts/*", "drafts/a", true);
        check("/*.md", "a.md", true);
    }

    #[test]
    fn a_pattern_that_matches_no_file_is_a_mistake() {
        for pattern in [
            "", "/", "//", ".", "./", "..", "../x", "./../x", "a//b", "a/./b", "a/../b", "a\0",
        ] {
            let add = || HiddenPaths::default().add(pattern);
            assert!(std::panic::catch_unwind(add).is_err(), "{pattern:?}");
        }
        let longest = "a".repeat(4096);
        assert!(HiddenPaths::path(&longest).is_some());
        assert!(HiddenPaths::path(&format!("{longest}a")).is_none());
    }
}
