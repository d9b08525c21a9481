//! The reason of a status.

use std::{borrow::Cow, fmt};

/// The reason of a [`Status`](crate::Status): text in latin-1 (ISO 8859-1), in which each byte is
/// the character of the same number (PEP 3333, Unicode Issues).
///
/// It compares with strings as text, and with bytes byte for byte.
///
/// ```
/// use wsgi_application::Status;
///
/// let status = Status::new(203, "Grün")?;
/// let reason = status.reason();
/// assert_eq!(reason.as_bytes(), b"Gr\xfcn");
/// assert_eq!(reason.to_text(), "Grün");
/// assert_eq!(reason, "Grün");
/// # Ok::<(), wsgi_application::InvalidStatus>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Reason<'a>(&'a [u8]);

impl<'a> Reason<'a> {
    #[inline]
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The bytes, as a gateway sends them.
    #[inline]
    #[must_use]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// The text. It is copied only if it has characters beyond ASCII.
    #[must_use]
    pub fn to_text(self) -> Cow<'a, str> {
        match str::from_utf8(self.0) {
            Ok(text) if text.is_ascii() => Cow::Borrowed(text),
            _ => Cow::Owned(self.chars().collect()),
        }
    }

    /// Whether there is no reason.
    ///
    /// ```
    /// use wsgi_application::Status;
    ///
    /// assert!(Status::new(299, "")?.reason().is_empty());
    /// assert!(!Status::OK.reason().is_empty());
    /// # Ok::<(), wsgi_application::InvalidStatus>(())
    /// ```
    #[inline]
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    fn chars(self) -> impl Iterator<Item = char> + use<'a> {
        self.0.iter().map(|&byte| char::from(byte))
    }
}

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_text())
    }
}

impl fmt::Debug for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.to_text(), f)
    }
}

impl PartialEq<str> for Reason<'_> {
    fn eq(&self, other: &str) -> bool {
        self.chars().eq(other.chars())
    }
}

impl PartialEq<&str> for Reason<'_> {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

impl PartialEq<[u8]> for Reason<'_> {
    fn eq(&self, other: &[u8]) -> bool {
        self.0 == other
    }
}

impl PartialEq<&[u8]> for Reason<'_> {
    fn eq(&self, other: &&[u8]) -> bool {
        self.0 == *other
    }
}

impl<const N: usize> PartialEq<&[u8; N]> for Reason<'_> {
    fn eq(&self, other: &&[u8; N]) -> bool {
        self.0 == *other
    }
}

/// Encodes text in latin-1. Returns `None` if a character is beyond U+00FF.
pub(crate) fn to_latin1(text: Cow<'static, str>) -> Option<Cow<'static, [u8]>> {
    if text.is_ascii() {
        return Some(match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        });
    }
    let bytes = text.chars().map(|character| u8::try_from(character).ok());
    bytes.collect::<Option<Vec<u8>>>().map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::{Reason, to_latin1};

    #[test]
    fn every_byte_is_the_character_of_its_number() {
        let bytes: Vec<u8> = (0..=255).collect();
        let reason = Reason::new(&bytes);
        let text = reason.to_text();
        assert!(text.chars().map(u32::from).eq(0..=255));
        assert_eq!(
            to_latin1(text.into_owned().into()).as_deref(),
            Some(&*bytes)
        );
    }

    #[test]
    fn ascii_is_not_copied() {
        assert!(matches!(to_latin1("Fine".into()), Some(Cow::Borrowed(_))));
        assert!(matches!(
            Reason::new(b"Fine").to_text(),
            Cow::Borrowed("Fine")
        ));
    }

    #[test]
    fn a_character_beyond_latin1_cannot_be_encoded() {
        assert_eq!(to_latin1("ÿ".into()).as_deref(), Some(&b"\xff"[..]));
        assert_eq!(to_latin1("Ā".into()), None);
        assert_eq!(to_latin1("5 €".into()), None);
    }

    #[test]
    fn a_reason_compares_with_text_as_text_and_with_bytes_as_bytes() {
        let reason = Reason::new(b"gr\xfcn");
        assert!(reason == "grün" && reason == *"grün" && reason != "gr");
        let bytes: &[u8] = b"gr\xfcn";
        assert!(reason == b"gr\xfcn" && reason == bytes && reason == *bytes);
        assert!(reason != "grün".as_bytes() && reason != "grün!" && reason != b"gr");
        assert!(Reason::new("grün".as_bytes()) != "grün");
    }

    #[test]
    fn a_reason_is_shown_as_text() {
        let reason = Reason::new(b"gr\xfcn");
        assert_eq!(
            format!("{reason}|{reason:>6}|{reason:?}"),
            "grün|  grün|\"grün\""
        );
        assert!(Reason::new(b"").is_empty() && !reason.is_empty());
    }
}
