//! Name of a session in a store. The id itself never gets this far.

use std::fmt;

use sha2::{Digest, Sha256};

/// The name of a record in a store: the SHA-256 of the session's id.
///
/// A reader of a store, or of a copy of its file, finds keys but no ids, and cannot take over a
/// session with them.
///
/// ```
/// use wsgi_sessions::Key;
///
/// let key = Key::of("an id");
/// assert_eq!(key, Key::of("an id"));
/// assert_eq!(Key::from_bytes(*key.as_bytes()), key);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key([u8; 32]);

impl Key {
    /// Returns the key of an id.
    pub fn of(id: impl AsRef<[u8]>) -> Self {
        Self(Sha256::digest(id).into())
    }

    /// Makes a key of these bytes, which a store reads from its file or its wire.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the 32 bytes of the key.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Shows the first four bytes in hexadecimal, enough to tell two keys apart in a log.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "Key({a:02x}{b:02x}{c:02x}{d:02x}..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_sha_256_of_the_id() {
        // FIPS 180-4, the example of one block: "abc".
        let expected = [
            0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae,
            0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61,
            0xf2, 0x00, 0x15, 0xad,
        ];
        assert_eq!(Key::of("abc").as_bytes(), &expected);
    }

    #[test]
    fn debug_shows_only_the_first_four_bytes() {
        assert_eq!(format!("{:?}", Key::of("abc")), "Key(ba7816bf..)");
    }
}
