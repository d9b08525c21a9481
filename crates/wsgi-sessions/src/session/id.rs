//! The secret in a browser's cookie.

use std::fmt;

use crate::{key::Key, random, store_error::StoreError};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A session id: 144 random bits, as 24 characters of base64url (RFC 4648, section 5).
///
/// Every text of that form is one id, and every id has one text: three bytes are four characters,
/// without padding.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Id([u8; 24]);

impl Id {
    pub(crate) fn random() -> Result<Self, StoreError> {
        let bytes: [u8; 24] = random::bytes()?;
        // 256 is a multiple of 64, so the six bits of each byte are uniform.
        Ok(Self(bytes.map(|byte| ALPHABET[usize::from(byte % 64)])))
    }

    /// Reads the id that a client sent. Returns `None` if it does not have the form of an id.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let is_ours = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let id = text.try_into().ok().map(Self)?;
        id.0.iter().all(is_ours).then_some(id)
    }

    pub(crate) fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }

    pub(crate) fn key(&self) -> Key {
        Key::of(self.0)
    }
}

/// Shows nothing, because anyone who has the id has the session.
impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Id(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_was_written() {
        let id = Id::random().unwrap();
        assert_eq!(id.as_str().len(), 24);
        assert_eq!(Id::parse(id.as_str().as_bytes()), Some(id));
        assert_ne!(Id::random().unwrap(), id);
    }

    #[test]
    fn an_id_has_the_characters_of_the_alphabet_and_no_others() {
        for byte in 0..=u8::MAX {
            let is_ours = Id::parse(&[byte; 24]).is_some();
            assert_eq!(is_ours, ALPHABET.contains(&byte), "{byte}");
        }
    }

    #[test]
    fn a_text_that_does_not_have_the_form_of_an_id_is_refused() {
        for text in [
            "",
            "AAAAAAAAAAAAAAAAAAAAAAA",
            "AAAAAAAAAAAAAAAAAAAAAAAAA",
            "AAAAAAAAAAAAAAAAAAAAAAA=",
            "AAAAAAAAAAAAAAAAAAAAAAA+",
            "AAAAAAAAAAAAAAAAAAAAAA\u{e9}",
        ] {
            assert_eq!(Id::parse(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn debug_shows_nothing_of_an_id() {
        assert_eq!(format!("{:?}", Id::random().unwrap()), "Id(..)");
    }
}
