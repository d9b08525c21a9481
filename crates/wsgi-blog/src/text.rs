//! Texts of entries.

use std::{error::Error, fmt};

/// Prepares a text to be kept: line ends become line feeds.
///
/// A browser sends a line end as CR LF, and an XML parser makes one character of it (XML 1.0,
/// section 2.11). So that all representations have the same text, it has only line feeds.
///
/// # Errors
///
/// It has a character that XML cannot express, not even escaped.
pub(crate) fn cleaned(text: &str) -> Result<String, InvalidText> {
    if let Some(character) = text.chars().find(|&character| !is_allowed(character)) {
        return Err(InvalidText(character));
    }
    Ok(text.replace("\r\n", "\n").replace('\r', "\n"))
}

/// The text with a mark in place of each character that XML does not allow.
pub(crate) fn visible(text: &str) -> String {
    text.replace(|character| !is_allowed(character), "\u{fffd}")
}

/// Whether XML allows a character (XML 1.0, section 2.2).
pub(crate) fn is_allowed(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

/// A character that XML does not allow.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct InvalidText(char);

impl fmt::Display for InvalidText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = u32::from(self.0);
        write!(f, "the text has a control character, U+{code:04X}")
    }
}

impl Error for InvalidText {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_end_becomes_a_line_feed() {
        assert_eq!(
            cleaned("a\r\nb\rc\nd\r\r\n"),
            Ok("a\nb\nc\nd\n\n".to_owned())
        );
    }

    #[test]
    fn characters_that_xml_does_not_allow_are_refused() {
        for character in ['\0', '\u{7}', '\u{1b}', '\u{1f}', '\u{fffe}', '\u{ffff}'] {
            let text = format!("a{character}b");
            assert_eq!(cleaned(&text), Err(InvalidText(character)), "{text:?}");
        }
        let fine = "\t\n \u{7f}\u{85}\u{2028}\u{d7ff}\u{e000}\u{fffd}\u{10000}\u{10ffff}";
        assert_eq!(cleaned(fine).as_deref(), Ok(fine));
    }
}
