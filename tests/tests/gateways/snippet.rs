//! The configurations of the page on deployment, with addresses of the test's.

use std::fmt;

const PAGE: &str = include_str!("../../../crates/wsgi/DEPLOYMENT.md");

/// A configuration from the page.
#[derive(Clone)]
pub(crate) struct Snippet(String);

impl Snippet {
    /// The first block of code below a heading.
    #[track_caller]
    pub(crate) fn below(heading: &str) -> Self {
        let heading = format!("\n## {heading}\n");
        let (_, section) = PAGE.split_once(&heading).expect("a heading of the page");
        let (section, _) = section.split_once("\n## ").unwrap_or((section, ""));
        let (_, block) = section.split_once("\n```").expect("a block of code");
        let (_, block) = block.split_once('\n').unwrap();
        let (block, _) = block.split_once("```\n").unwrap();
        Snippet(block.to_owned())
    }

    /// Puts something of the test's in the place of what the page says.
    #[track_caller]
    pub(crate) fn replace(self, pattern: &str, text: &str) -> Self {
        let count = self.0.matches(pattern).count();
        assert!(count > 0, "the page does not say {pattern}");
        self.replace_any(pattern, text)
    }

    /// The same, where the page need not say it.
    pub(crate) fn replace_any(self, pattern: &str, text: &str) -> Self {
        Snippet(self.0.replace(pattern, text))
    }
}

impl fmt::Display for Snippet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
