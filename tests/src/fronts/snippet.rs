//! The configurations on the page about deployment, with the test's addresses.

use std::{fmt, mem};

const PAGE: &str = include_str!("../../../crates/wsgi/DEPLOYMENT.md");

/// A configuration from the page.
#[derive(Clone, Debug)]
pub(crate) struct Snippet(String);

impl Snippet {
    /// The first block of configuration below a heading.
    #[track_caller]
    pub(crate) fn below(heading: &str) -> Self {
        let blocks = Self::all_below(heading);
        blocks.into_iter().next().expect("a block of configuration")
    }

    /// All blocks below a heading, up to the next one.
    #[track_caller]
    pub(crate) fn all_below(heading: &str) -> Vec<Self> {
        let start = PAGE
            .lines()
            .position(|line| line.trim_start_matches(['#', ' ']) == heading);
        let section = PAGE.lines().skip(start.expect("a heading of the page") + 1);
        let mut blocks = Vec::new();
        let mut block: Option<String> = None;
        for line in section {
            match (&mut block, line) {
                (Some(text), "```") => {
                    blocks.push(Snippet(mem::take(text)));
                    block = None;
                }
                (Some(text), line) => *text += &format!("{line}\n"),
                (None, line) if line.starts_with("```") => block = Some(String::new()),
                (None, line) if line.starts_with('#') => break,
                (None, _) => {}
            }
        }
        blocks
    }

    /// Replaces a text that the page contains.
    #[track_caller]
    pub(crate) fn replace(self, pattern: &str, text: &str) -> Self {
        let count = self.0.matches(pattern).count();
        assert!(count > 0, "the page does not contain {pattern}");
        self.replace_any(pattern, text)
    }

    /// Replaces a text that the page may contain.
    pub(crate) fn replace_any(self, pattern: &str, text: &str) -> Self {
        Snippet(self.0.replace(pattern, text))
    }
}

impl fmt::Display for Snippet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
