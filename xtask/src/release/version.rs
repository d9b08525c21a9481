//! Versions, and the requirements that they meet.

use std::{fmt, str::FromStr};

use crate::changelog::Level;

/// `MAJOR.MINOR.PATCH`, ordered by number. The crates have no pre-releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(u64, u64, u64);

impl Version {
    /// The tag of a crate's release.
    pub(super) fn tag(self, name: &str) -> String {
        format!("{name}-v{self}")
    }

    /// The version of a crate that a tag names.
    pub(super) fn of_tag(name: &str, tag: &str) -> Option<Self> {
        let version = tag.strip_prefix(name)?.strip_prefix("-v")?;
        version.parse().ok()
    }

    /// The next version after changes of a level. Below 1.0, a breaking change raises the minor
    /// version, and any other change the patch version.
    pub(super) fn raised(self, level: Level) -> Self {
        let Self(major, minor, patch) = self;
        match (major, level) {
            (0, Level::Breaking) => Self(0, minor + 1, 0),
            (0, _) | (_, Level::Patch) => Self(major, minor, patch + 1),
            (_, Level::Feature) => Self(major, minor + 1, 0),
            (_, Level::Breaking) => Self(major + 1, 0, 0),
        }
    }

    /// Whether this version meets a requirement such as `^0.1.0`. `None` if the requirement has
    /// another form.
    pub(super) fn meets(self, requirement: &str) -> Option<bool> {
        let asked = requirement.strip_prefix('^')?;
        let dots = asked.matches('.').count();
        let asked: Self = match dots {
            1 => format!("{asked}.0").parse().ok()?,
            _ => asked.parse().ok()?,
        };
        let Self(major, minor, patch) = asked;
        let is_compatible = match (major, minor) {
            (0, 0) if dots == 2 => self == Self(0, 0, patch),
            (0, _) => self.0 == 0 && self.1 == minor,
            _ => self.0 == major,
        };
        Some(is_compatible && self >= asked)
    }
}

impl FromStr for Version {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let problem = "is not of the form MAJOR.MINOR.PATCH";
        let numbers: Result<Vec<u64>, _> = text.split('.').map(str::parse).collect();
        match numbers.as_deref() {
            Ok(&[major, minor, patch]) => Ok(Self(major, minor, patch)),
            _ => Err(problem),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn a_tag_belongs_to_the_crate_with_its_whole_name() {
        assert_eq!(
            Version::of_tag("wsgi", "wsgi-v0.10.0"),
            Some(version("0.10.0"))
        );
        assert_eq!(version("0.10.0").tag("wsgi"), "wsgi-v0.10.0");
        for tag in ["wsgi-server-v1.0.0", "wsgi-vnext", "v2.0.0", "wsgi0.1.0"] {
            assert_eq!(Version::of_tag("wsgi", tag), None, "{tag}");
        }
        assert!(version("0.10.0") > version("0.9.9"));
    }

    #[test]
    fn any_other_text_is_refused() {
        for text in ["", "1", "1.2", "1.2.3.4", "1.2.x", "1.2.3-rc.1"] {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
    }

    #[test]
    fn below_one_a_breaking_change_raises_the_minor_version() {
        let raised = |from: &str| {
            [Level::Patch, Level::Feature, Level::Breaking]
                .map(|level| version(from).raised(level).to_string())
        };
        assert_eq!(raised("0.1.2"), ["0.1.3", "0.1.3", "0.2.0"]);
        assert_eq!(raised("1.1.2"), ["1.1.3", "1.2.0", "2.0.0"]);
    }

    #[test]
    fn a_requirement_is_met_by_compatible_versions() {
        let rows = [
            ("^0.1.0", "0.1.0", Some(true)),
            ("^0.1.0", "0.1.9", Some(true)),
            ("^0.1.2", "0.1.1", Some(false)),
            ("^0.1.0", "0.2.0", Some(false)),
            ("^0.1", "0.1.5", Some(true)),
            ("^0.0", "0.0.5", Some(true)),
            ("^0.0.3", "0.0.3", Some(true)),
            ("^0.0.3", "0.0.4", Some(false)),
            ("^1.2.3", "1.9.0", Some(true)),
            ("^1.2", "2.0.0", Some(false)),
            ("=1.2.3", "1.2.3", None),
            ("*", "1.2.3", None),
            ("^1", "1.2.3", None),
        ];
        for (requirement, text, expected) in rows {
            let met = version(text).meets(requirement);
            assert_eq!(met, expected, "{requirement} by {text}");
        }
    }
}
