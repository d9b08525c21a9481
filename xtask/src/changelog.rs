//! The heading of the newest version in a crate's CHANGELOG.md.

/// The heading of a version: `## 0.1.0 (unreleased)` or `## 0.1.0 (2026-01-31)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Heading<'a> {
    pub(crate) version: &'a str,
    /// The day of the release, `YYYY-MM-DD`. `None` before the release.
    pub(crate) date: Option<&'a str>,
}

/// The first heading of a changelog. `None` if it has another form.
pub(crate) fn newest(changelog: &str) -> Option<Heading<'_>> {
    let heading = changelog
        .lines()
        .find_map(|line| line.strip_prefix("## "))?;
    let (version, when) = heading.strip_suffix(')')?.split_once(" (")?;
    let date = match when {
        "unreleased" => None,
        date if is_date(date) => Some(date),
        _ => return None,
    };
    Some(Heading { version, date })
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
    fn check(heading: &str, expected: Option<(&str, Option<&str>)>) {
        let text =
            format!("# Changelog\n\nAll of it.\n\n{heading}\n\nNews.\n\n## 0.0.1 (2020-01-01)\n");
        let expected = expected.map(|(version, date)| Heading { version, date });
        assert_eq!(newest(&text), expected, "{heading}");
    }

    #[test]
    fn the_newest_heading_gives_version_and_date() {
        check("## 0.1.0 (unreleased)", Some(("0.1.0", None)));
        check("## 0.1.0 (2026-01-31)", Some(("0.1.0", Some("2026-01-31"))));
        check("", Some(("0.0.1", Some("2020-01-01"))));
    }

    #[test]
    fn a_heading_of_another_form_is_refused() {
        check("## 0.1.0", None);
        check("## 0.1.0 (soon)", None);
        check("## 0.1.0 (2026-13-01)", None);
        check("## 0.1.0 (2026-1-31)", None);
        check("## 0.1.0 (2026-01-3a)", None);
        assert_eq!(newest("# Changelog\n"), None);
    }
}
