//! The version of the program and its date, as the pages of the manual have them.

/// The program and its version, in the footer of each page.
pub(crate) const SOURCE: &str = concat!("wsgi ", env!("CARGO_PKG_VERSION"));

/// The date of this version, as the changelog has it: `## 0.1.0 (2026-01-31)`. Before the release
/// it is empty, for which roff needs quotes.
pub(crate) fn date() -> &'static str {
    let headings = include_str!("../CHANGELOG.md")
        .lines()
        .filter_map(|line| line.strip_prefix("## "));
    let mut dates = headings.filter_map(|heading| {
        let rest = heading.strip_prefix(env!("CARGO_PKG_VERSION"))?;
        let date = rest.strip_prefix(" (")?.strip_suffix(')')?;
        date.starts_with(|first: char| first.is_ascii_digit())
            .then_some(date)
    });
    dates.next().unwrap_or("\"\"")
}
