//! The configurations on the pages about deployment, with the test's addresses.

use std::{fmt, mem, path::Path};

/// The pages that have configurations.
const PAGES: &str = concat!(
    include_str!("../../../crates/wsgi/deployment/apache.md"),
    include_str!("../../../crates/wsgi/deployment/front-servers.md"),
    include_str!("../../../crates/wsgi/deployment/h2o.md"),
    include_str!("../../../crates/wsgi/deployment/haproxy.md"),
    include_str!("../../../crates/wsgi/deployment/lighttpd.md"),
    include_str!("../../../crates/wsgi/deployment/nginx.md"),
    include_str!("../../../crates/wsgi/deployment/proxy-protocol.md"),
    include_str!("../../../crates/wsgi/deployment/systemd.md"),
    include_str!("../../../crates/wsgi/deployment/tls.md"),
);

/// A configuration from the pages.
#[derive(Clone, Debug)]
pub struct Snippet(String);

impl Snippet {
    /// The first block of configuration below a heading.
    ///
    /// # Panics
    ///
    /// There is no such heading or block.
    #[must_use]
    #[track_caller]
    pub fn below(heading: &str) -> Self {
        let blocks = Self::all_below(heading);
        blocks.into_iter().next().expect("a block of configuration")
    }

    /// All blocks below a heading, up to the next one.
    ///
    /// # Panics
    ///
    /// There is no such heading.
    #[must_use]
    #[track_caller]
    pub fn all_below(heading: &str) -> Vec<Self> {
        let start = PAGES
            .lines()
            .position(|line| line.trim_start_matches(['#', ' ']) == heading);
        let section = PAGES.lines().skip(start.expect("a heading of a page") + 1);
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

    /// The content of this block, and then of another.
    #[must_use]
    pub fn and(self, other: &Self) -> Self {
        Snippet(format!("{self}\n{other}"))
    }

    /// Indents every line by a number of spaces.
    #[must_use]
    pub fn indented(self, spaces: usize) -> Self {
        let lines = self.0.lines().map(|line| format!("{:spaces$}{line}\n", ""));
        Snippet(lines.collect())
    }

    /// Uses the certificate in a folder, and not that of certbot.
    #[must_use]
    pub fn with_certificate_in(self, folder: &Path) -> Self {
        self.replace_any(
            "/etc/letsencrypt/live/example.org",
            &folder.display().to_string(),
        )
    }

    /// Replaces a text that the page contains.
    ///
    /// # Panics
    ///
    /// The page does not contain it.
    #[must_use]
    #[track_caller]
    pub fn replace(self, pattern: &str, text: &str) -> Self {
        let count = self.0.matches(pattern).count();
        assert!(count > 0, "the page does not contain {pattern}");
        self.replace_any(pattern, text)
    }

    /// Replaces a text that the page may contain.
    #[must_use]
    pub fn replace_any(self, pattern: &str, text: &str) -> Self {
        Snippet(self.0.replace(pattern, text))
    }
}

impl fmt::Display for Snippet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
