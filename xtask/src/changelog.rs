//! The newest section of a crate's CHANGELOG.md.
//!
//! Between releases it is headed `## Unreleased`, and its entries are sorted under the headings of
//! [`KINDS`]. Before a first release, or where the next version is chosen by hand, it is headed
//! `## 0.1.0 (unreleased)`. A release gives it a version and a date: `## 0.1.0 (2026-01-31)`.

use std::fmt;

/// The newest section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Section<'a> {
    /// The version in the heading. `None` for `## Unreleased`.
    pub(crate) version: Option<&'a str>,
    /// The day of the release, `YYYY-MM-DD`. `None` before the release.
    pub(crate) date: Option<&'a str>,
    /// The lines below the heading.
    pub(crate) text: &'a str,
}

/// The demand of a change on the next version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Nothing that users can see in the public API, or nothing that they must know.
    Patch,
    /// Something new in the public API.
    Feature,
    /// A change for which some users must change their code.
    Breaking,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Patch => "fixes",
            Self::Feature => "additions",
            Self::Breaking => "breaking",
        })
    }
}

/// The headings of entries, and the level of each.
pub(crate) const KINDS: [(&str, Level); 6] = [
    ("### Breaking", Level::Breaking),
    ("### Added", Level::Feature),
    ("### Deprecated", Level::Feature),
    ("### Changed", Level::Patch),
    ("### Fixed", Level::Patch),
    ("### Security", Level::Patch),
];

/// The first section of a changelog. `None` if its heading has another form.
pub(crate) fn newest(changelog: &str) -> Option<Section<'_>> {
    let (_, heading, text) = split(changelog)?;
    if heading == "Unreleased" {
        return Some(Section {
            version: None,
            date: None,
            text,
        });
    }
    let (version, when) = heading.strip_suffix(')')?.split_once(" (")?;
    let date = match when {
        "unreleased" => None,
        date if is_date(date) => Some(date),
        _ => return None,
    };
    Some(Section {
        version: Some(version),
        date,
        text,
    })
}

impl Section<'_> {
    /// The level of the entries. `None` without an entry.
    pub(crate) fn level(&self) -> Result<Option<Level>, String> {
        let mut kind = None;
        let mut found = None;
        for line in self.text.lines().filter(|line| !line.trim().is_empty()) {
            if line.starts_with("### ") {
                let known = KINDS.iter().find(|(heading, _)| *heading == line);
                let (_, level) = known.ok_or_else(|| format!("`{line}` is none of {}", kinds()))?;
                kind = Some(*level);
            } else if kind.is_none() {
                return Err(format!("an entry must be under one of {}", kinds()));
            } else {
                found = found.max(kind);
            }
        }
        Ok(found)
    }
}

fn kinds() -> String {
    KINDS.map(|(heading, _)| format!("`{heading}`")).join(", ")
}

/// Gives the unreleased section a version and a date, and adds entries under `### Changed`.
///
/// Without an unreleased section, the entries become a section of their own.
pub(crate) fn stamped(changelog: &str, version: &str, date: &str, entries: &[String]) -> String {
    let heading = format!("## {version} ({date})\n");
    let entries: String = entries.iter().map(|entry| format!("- {entry}\n")).collect();
    let Some((before, _, text)) = split(changelog) else {
        return format!("{changelog}\n{heading}\n### Changed\n\n{entries}");
    };
    let is_unreleased = newest(changelog).is_some_and(|section| section.date.is_none());
    let rest = &changelog[before.len()..];
    if !is_unreleased {
        return format!("{before}{heading}\n### Changed\n\n{entries}\n{rest}");
    }
    let older = &rest[heading_of(rest).len() + text.len()..];
    let text = text.trim_end_matches('\n');
    let text = match (entries.is_empty(), text.split_once("\n### Changed\n\n")) {
        (true, _) => format!("{text}\n"),
        (false, Some((above, below))) => format!("{above}\n### Changed\n\n{entries}{below}\n"),
        (false, None) => format!("{text}\n\n### Changed\n\n{entries}"),
    };
    let text = text.trim_start_matches('\n');
    let gap = if older.is_empty() { "" } else { "\n" };
    format!("{before}{heading}\n{text}{gap}{older}")
}

/// The first line of a text, with its end.
fn heading_of(text: &str) -> &str {
    text.split_inclusive('\n').next().unwrap_or_default()
}

/// A changelog's part before the first section, that section's heading, and the lines below it.
fn split(changelog: &str) -> Option<(&str, &str, &str)> {
    let start = match changelog.strip_prefix("## ") {
        Some(_) => 0,
        None => changelog.find("\n## ")? + 1,
    };
    let (before, rest) = changelog.split_at(start);
    let line = heading_of(rest);
    let below = &rest[line.len()..];
    let end = match below.strip_prefix("## ") {
        Some(_) => 0,
        None => below.find("\n## ").map_or(below.len(), |at| at + 1),
    };
    Some((before, line.trim_end()[3..].trim(), &below[..end]))
}

fn is_date(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let [year, month, day] = parts[..] else {
        return false;
    };
    let number = |part: &str, digits| {
        let is_number = part.len() == digits && part.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| part.parse::<u16>().ok()).flatten()
    };
    number(year, 4).is_some()
        && number(month, 2).is_some_and(|month| (1..=12).contains(&month))
        && number(day, 2).is_some_and(|day| (1..=31).contains(&day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(heading: &str, expected: Option<(Option<&str>, Option<&str>)>) {
        let text =
            format!("# Changelog\n\nAll of it.\n\n{heading}\n\nNews.\n\n## 0.0.1 (2020-01-01)\n");
        let found = newest(&text).map(|section| (section.version, section.date));
        assert_eq!(found, expected, "{heading}");
    }

    #[test]
    fn the_newest_heading_gives_version_and_date() {
        check("## Unreleased", Some((None, None)));
        check("## 0.1.0 (unreleased)", Some((Some("0.1.0"), None)));
        let dated = Some((Some("0.1.0"), Some("2026-01-31")));
        check("## 0.1.0 (2026-01-31)", dated);
        check("", Some((Some("0.0.1"), Some("2020-01-01"))));
    }

    #[test]
    fn a_heading_of_another_form_is_refused() {
        check("## 0.1.0", None);
        check("## unreleased", None);
        check("## 0.1.0 (soon)", None);
        check("## 0.1.0 (2026-13-01)", None);
        check("## 0.1.0 (2026-1-31)", None);
        check("## 0.1.0 (2026-01-3a)", None);
        assert_eq!(newest("# Changelog\n"), None);
    }

    #[track_caller]
    fn check_level(text: &str, expected: Result<Option<Level>, &str>) {
        let changelog =
            format!("# Changelog\n\n## Unreleased\n{text}\n## 0.1.0 (2026-01-31)\n\nA.\n");
        let found = newest(&changelog).unwrap().level();
        match expected {
            Ok(level) => assert_eq!(found, Ok(level), "{text}"),
            Err(part) => assert!(found.unwrap_err().contains(part), "{text}"),
        }
    }

    #[test]
    fn the_headings_of_the_entries_give_the_level() {
        check_level("", Ok(None));
        check_level("\n### Breaking\n", Ok(None));
        check_level("\n### Fixed\n\n- A.\n", Ok(Some(Level::Patch)));
        let both = "\n### Fixed\n\n- A.\n\n### Added\n\n- B.\n";
        check_level(both, Ok(Some(Level::Feature)));
        let all = "\n### Breaking\n\n- A.\n\n### Added\n\n- B.\n";
        check_level(all, Ok(Some(Level::Breaking)));
        check_level(
            "\n- A.\n",
            Err("an entry must be under one of `### Breaking`"),
        );
        check_level("\n### Removed\n\n- A.\n", Err("`### Removed` is none of"));
    }

    #[test]
    fn a_release_stamps_the_unreleased_section() {
        let older = "## 0.1.0 (2026-01-31)\n\nThe first.\n";
        let text = format!("# Changelog\n\n## Unreleased\n\n### Fixed\n\n- A.\n\n{older}");
        let expected =
            format!("# Changelog\n\n## 0.1.1 (2026-02-01)\n\n### Fixed\n\n- A.\n\n{older}");
        assert_eq!(stamped(&text, "0.1.1", "2026-02-01", &[]), expected);

        let first = "# Changelog\n\n## 0.1.0 (unreleased)\n\nThe first.\n";
        let expected = format!("# Changelog\n\n{older}");
        assert_eq!(stamped(first, "0.1.0", "2026-01-31", &[]), expected);
    }

    #[test]
    fn added_entries_go_under_changed_or_into_a_section_of_their_own() {
        let entry = ["Uses `low` 0.2.0.".to_owned()];
        let older = "## 0.1.0 (2026-01-31)\n\nThe first.\n";
        let stamp = |text: &str| stamped(text, "0.1.1", "2026-02-01", &entry);
        let alone = "## 0.1.1 (2026-02-01)\n\n### Changed\n\n- Uses `low` 0.2.0.\n\n";
        assert_eq!(
            stamp(&format!("# C\n\n{older}")),
            format!("# C\n\n{alone}{older}")
        );
        let empty = format!("# C\n\n## Unreleased\n\n{older}");
        assert_eq!(stamp(&empty), format!("# C\n\n{alone}{older}"));
        let with_changed = format!("# C\n\n## Unreleased\n\n### Changed\n\n- A.\n\n{older}");
        let expected = alone.replace("0.2.0.\n", "0.2.0.\n- A.\n");
        assert_eq!(stamp(&with_changed), format!("# C\n\n{expected}{older}"));
    }

    #[test]
    fn a_stamped_section_is_the_newest_with_its_level() {
        let text = "# C\n\n## Unreleased\n\n### Breaking\n\n- A.\n";
        let stamped = stamped(text, "0.2.0", "2026-02-01", &["B.".to_owned()]);
        let section = newest(&stamped).unwrap();
        assert_eq!(
            (section.version, section.date),
            (Some("0.2.0"), Some("2026-02-01"))
        );
        assert_eq!(section.level(), Ok(Some(Level::Breaking)));
    }
}
