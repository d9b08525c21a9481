//! Names of entries.

use std::{error::Error, fmt};

use sha2::{Digest, Sha256};

use crate::text::is_allowed;

/// The limit of a name, in bytes of UTF-8.
pub(crate) const MAX_BYTES: usize = 200;

/// The name of an entry, which is also its title: text in any script, on one line.
///
/// It is one segment of a path in a URL, so it has no slash. `.` and `..` are no names: clients
/// remove such segments from a URL (RFC 3986, section 5.2.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name(String);

impl Name {
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidName> {
        let problem = match text {
            "" => InvalidName::Empty,
            "." | ".." => InvalidName::Dots,
            _ if text.len() > MAX_BYTES => InvalidName::TooLong,
            _ if text.contains('/') => InvalidName::Slash,
            _ if text.contains(|c: char| c.is_control() || !is_allowed(c)) => InvalidName::Control,
            _ if text.trim() != text => InvalidName::Space,
            _ => return Ok(Self(text.to_owned())),
        };
        Err(problem)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the entry's file: the SHA-256 of the name.
    ///
    /// It is safe for a name of any kind and length. Names that differ only in case or in Unicode
    /// normalization have different files, also where the file system would not tell them apart.
    pub(crate) fn file_name(&self) -> String {
        format!("{}.entry", hex(&Sha256::digest(&self.0)))
    }
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The reason why a text is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InvalidName {
    Empty,
    Dots,
    TooLong,
    Slash,
    Control,
    Space,
}

impl fmt::Display for InvalidName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("an entry needs a name"),
            Self::Dots => f.write_str("a name cannot be . or .., which a URL cannot contain"),
            Self::TooLong => write!(f, "a name has at most {MAX_BYTES} bytes"),
            Self::Slash => f.write_str("a name has no slash"),
            Self::Control => f.write_str("a name has no line ends or control characters"),
            Self::Space => f.write_str("a name does not begin or end with a space"),
        }
    }
}

impl Error for InvalidName {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_in_any_script_is_a_name() {
        for text in [
            "a",
            "Hello world",
            "日本語",
            "CON",
            "aux.txt",
            "...",
            ".hidden",
            "~",
            "-rf",
            "a\\b",
            "%2e%2e",
            "<b>&\"'",
            "e\u{301}",
            "🦀",
        ] {
            assert!(Name::parse(text).is_ok(), "{text:?}");
        }
        assert!(Name::parse(&"x".repeat(MAX_BYTES)).is_ok());
    }

    #[test]
    fn other_texts_are_refused() {
        let long = "é".repeat(MAX_BYTES / 2) + "x";
        for (text, problem) in [
            ("", InvalidName::Empty),
            (".", InvalidName::Dots),
            ("..", InvalidName::Dots),
            ("../x", InvalidName::Slash),
            ("/", InvalidName::Slash),
            ("a\nb", InvalidName::Control),
            ("a\0", InvalidName::Control),
            ("\u{85}", InvalidName::Control),
            ("\u{ffff}", InvalidName::Control),
            (" a", InvalidName::Space),
            ("a\u{3000}", InvalidName::Space),
            (&long, InvalidName::TooLong),
        ] {
            assert_eq!(Name::parse(text), Err(problem), "{text:?}");
        }
    }

    #[test]
    fn names_that_a_file_system_could_confuse_have_different_files() {
        let names = ["a", "A", "\u{e9}", "e\u{301}", "E\u{301}", "ﬁ", "fi"];
        let file_name = |text| Name::parse(text).expect("a name").file_name();
        let mut files: Vec<_> = names.map(file_name).into();
        files.sort();
        files.dedup();
        assert_eq!(files.len(), names.len());
        let is_plain = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '.');
        assert!(files.iter().all(|file| file.chars().all(is_plain)));
    }
}
