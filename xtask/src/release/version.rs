//! Versions in tags.

use std::fmt;
use std::str::FromStr;

/// `MAJOR.MINOR.PATCH`, ordered by number. The crates have no pre-releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(u64, u64, u64);

impl Version {
    /// The tag of a crate's release.
    pub(super) fn tag(self, name: &str) -> String {
        format!("{name}-v{self}")
    }

    /// The newest version of a crate among the tags.
    pub(super) fn newest(name: &str, tags: &[String]) -> Option<Self> {
        let versions = tags
            .iter()
            .filter_map(|tag| tag.strip_prefix(name)?.strip_prefix("-v"));
        versions.filter_map(|version| version.parse().ok()).max()
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

    #[test]
    fn the_newest_tag_is_found_by_number_and_by_the_whole_name() {
        let tags = [
            "wsgi-v0.9.0",
            "wsgi-v0.10.0",
            "wsgi-server-v1.0.0",
            "wsgi-vnext",
            "v2.0.0",
        ];
        let tags = tags.map(str::to_owned);
        let newest = Version::newest("wsgi", &tags).unwrap();
        assert_eq!(newest.to_string(), "0.10.0");
        assert_eq!(newest.tag("wsgi"), "wsgi-v0.10.0");
        assert_eq!(Version::newest("wsgi-cli", &tags), None);
    }

    #[test]
    fn any_other_text_is_refused() {
        for text in ["", "1", "1.2", "1.2.3.4", "1.2.x", "1.2.3-rc.1"] {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
    }
}
