//! Files and folders that are never served.

use crate::{file_path::FilePath, pattern::Pattern};

/// The patterns of files and folders that are never served. What is in such a folder is hidden,
/// too.
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
    /// The pattern has nothing but slashes.
    #[track_caller]
    pub(crate) fn add(&mut self, pattern: &str) {
        let path = pattern.trim_matches('/');
        assert!(!path.is_empty(), "the pattern {pattern:?} matches nothing");
        if pattern.contains('/') {
            let inside = format!("{path}/*");
            self.paths
                .extend([Pattern::new(path), Pattern::new(&inside)]);
        } else {
            self.names.push(Pattern::new(path));
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.names.is_empty() && self.paths.is_empty()
    }

    /// Whether a file is hidden, or a folder on the way to it.
    pub(crate) fn hide(&self, path: &FilePath<'_>) -> bool {
        let matches = |patterns: &[Pattern], text| patterns.iter().any(|it| it.matches(text));
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
        for path in ["a.bak", "folder/a.bak", "old.bak/a.txt"] {
            check("*.bak", path, true);
        }
        for path in ["", "a.bak.txt", "bak", "a.BAK"] {
            check("*.bak", path, false);
        }
        check("drafts", "posts/drafts/1.md", true);
        check("drafts", "drafts.html", false);
    }

    #[test]
    fn a_pattern_with_a_slash_is_that_of_a_path() {
        for pattern in ["/drafts", "drafts/", "/drafts/"] {
            check(pattern, "drafts", true);
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
    #[should_panic(expected = "matches nothing")]
    fn an_empty_pattern_is_a_mistake() {
        HiddenPaths::default().add("/");
    }
}
