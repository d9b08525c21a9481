//! The secret that values are signed with.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD_INDIFFERENT};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

use crate::invalid_key::InvalidKey;

/// The salt, which binds derived keys to this crate and this version of the format.
const SALT: &[u8] = b"wsgi-cookies 1";

/// Bytes that are wiped when dropped. They are on the heap, so that a move leaves no copy.
type Secret = Box<Zeroizing<[u8; 32]>>;

/// A key, made of a secret of at least 32 bytes.
///
/// It holds the HKDF pseudorandom key of the secret (RFC 5869), from which the key for each purpose
/// is derived. This is wiped from memory when dropped, and never moves before that. `Debug` does
/// not show it.
///
/// ```
/// use wsgi_cookies::Key;
///
/// let key = Key::from_bytes(b"thirty-two bytes, kept elsewhere").unwrap();
/// assert_eq!(format!("{key:?}"), "Key(..)");
/// assert!(Key::from_bytes(b"too short").is_err());
/// ```
#[derive(Clone)]
pub struct Key {
    pseudorandom: Secret,
    id: [u8; 4],
}

impl Key {
    /// The minimum length of a secret in bytes: that of the hash (RFC 2104, section 3).
    pub const MIN_LENGTH: usize = 32;
    /// The maximum length of a secret in bytes.
    pub const MAX_LENGTH: usize = 1024;

    /// Creates a key from bytes, which must be random and not a password.
    ///
    /// # Errors
    ///
    /// `TooShort` or `TooLong`.
    pub fn from_bytes(secret: impl AsRef<[u8]>) -> Result<Self, InvalidKey> {
        Self::new(secret.as_ref())
    }

    /// Creates a key from base64, in either alphabet and with or without padding. It may be broken
    /// into lines of 64 characters, as `openssl rand -base64 64` writes it, or of 76. Whitespace
    /// around it is ignored.
    ///
    /// Two keys are refused, unless they look like one: all lines but the last have 64 characters,
    /// as a key of 48 bytes has, or all have 76.
    ///
    /// ```
    /// use wsgi_cookies::Key;
    ///
    /// assert!(Key::from_base64("q7-LkRyKaVfZ1KHrKm1uVR3IfmJdnFF0k3rVuW7VxFo\n").is_ok());
    /// assert!(Key::from_base64("q7+LkRyKaVfZ1KHrKm1uVR3IfmJdnFF0k3rVuW7VxFo=").is_ok());
    /// ```
    ///
    /// # Errors
    ///
    /// `Base64`, `Lines`, `TooShort` or `TooLong`.
    pub fn from_base64(text: &str) -> Result<Self, InvalidKey> {
        let to_standard = |byte| match byte {
            b'-' => b'+',
            b'_' => b'/',
            _ => byte,
        };
        let text = text.trim_ascii();
        if !has_usual_lines(text) {
            return Err(InvalidKey::Lines);
        }
        let digits = text.lines().flat_map(str::bytes);
        // A buffer that grows would leave copies in memory.
        let mut line: Zeroizing<Vec<u8>> = Zeroizing::new(Vec::with_capacity(text.len()));
        line.extend(digits.map(to_standard));
        let mut secret = Zeroizing::new(vec![0; base64::decoded_len_estimate(line.len())]);
        let length = STANDARD_NO_PAD_INDIFFERENT
            .decode_slice(&line, &mut secret)
            .map_err(|_| InvalidKey::Base64)?;
        Self::new(&secret[..length])
    }

    /// Creates a new key of 32 random bytes. It ends with the process, so the values that it signed
    /// are refused after a restart. `Key::from_file_or_new` keeps its key.
    ///
    /// # Errors
    ///
    /// `Random`.
    pub fn generate() -> Result<Self, InvalidKey> {
        Self::new(&**random()?)
    }

    fn new(secret: &[u8]) -> Result<Self, InvalidKey> {
        let length = secret.len();
        if length < Self::MIN_LENGTH {
            return Err(InvalidKey::TooShort { length });
        }
        if length > Self::MAX_LENGTH {
            return Err(InvalidKey::TooLong);
        }
        let (mut extracted, _) = Hkdf::<Sha256>::extract(Some(SALT), secret);
        let mut pseudorandom = Secret::default();
        pseudorandom.copy_from_slice(&extracted);
        extracted.as_mut_slice().zeroize();
        let id = [0; 4];
        let mut key = Self { pseudorandom, id };
        let mut id = [0; 4];
        key.expand(&[b"id"], &mut id);
        key.id = id;
        Ok(key)
    }

    /// The id by which a signed value names its key. It reveals nothing about the key.
    pub(crate) fn id(&self) -> [u8; 4] {
        self.id
    }

    /// Derives the key that signs for a purpose.
    pub(crate) fn signing_key(&self, purpose: &str) -> Secret {
        self.subkey(b"sign:", purpose)
    }

    /// Derives the key that encrypts for a purpose.
    #[cfg(feature = "encrypted")]
    pub(crate) fn encryption_key(&self, purpose: &str) -> Secret {
        self.subkey(b"encrypt:", purpose)
    }

    fn subkey(&self, label: &[u8], purpose: &str) -> Secret {
        let mut subkey = Secret::default();
        self.expand(&[label, purpose.as_bytes()], &mut **subkey);
        subkey
    }

    /// Gives the key the id of another one.
    #[cfg(all(test, feature = "encrypted"))]
    pub(crate) fn pretend_id(&mut self, id: [u8; 4]) {
        self.id = id;
    }

    fn expand(&self, info: &[&[u8]], out: &mut [u8]) {
        Hkdf::<Sha256>::from_prk(&**self.pseudorandom)
            .expect("32 bytes are a complete pseudorandom key")
            .expand_multi_info(info, out)
            .expect("32 bytes are one block");
    }
}

/// Whether all lines but the last have 64 characters (RFC 7468, section 2) or all have 76 (RFC
/// 2045, section 6.8), and the last has no more.
fn has_usual_lines(text: &str) -> bool {
    let mut lines = text.lines().map(str::len).peekable();
    let Some(first) = lines.next() else {
        return true;
    };
    let mut is_usual = true;
    while let Some(length) = lines.next() {
        let is_last = lines.peek().is_none();
        is_usual &= [64, 76].contains(&first) && (length == first || is_last && length < first);
    }
    is_usual
}

/// Random bytes for a key.
pub(crate) fn random() -> Result<Secret, InvalidKey> {
    let mut bytes = Secret::default();
    getrandom::fill(&mut **bytes).map_err(|_| InvalidKey::Random)?;
    Ok(bytes)
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks the derivation from a secret and a salt, as `Key::new` and `Key::subkey` do it.
    #[track_caller]
    fn check(secret: &[u8], salt: &[u8], info: &[u8], expected: &[u8]) {
        let (extracted, _) = Hkdf::<Sha256>::extract(Some(salt), secret);
        let mut pseudorandom = Secret::default();
        pseudorandom.copy_from_slice(&extracted);
        let key = Key {
            pseudorandom,
            id: [0; 4],
        };
        let mut derived = vec![0; expected.len()];
        let (start, end) = info.split_at(info.len() / 2);
        key.expand(&[start, end], &mut derived);
        assert_eq!(derived, expected);
    }

    #[test]
    fn rfc5869_case_1() {
        let salt: Vec<u8> = (0..=0x0c).collect();
        let info: Vec<u8> = (0xf0..=0xf9).collect();
        let expected = b"\x3c\xb2\x5f\x25\xfa\xac\xd5\x7a\x90\x43\x4f\x64\xd0\x36\x2f\x2a\
            \x2d\x2d\x0a\x90\xcf\x1a\x5a\x4c\x5d\xb0\x2d\x56\xec\xc4\xc5\xbf\
            \x34\x00\x72\x08\xd5\xb8\x87\x18\x58\x65";
        check(&[0x0b; 22], &salt, &info, expected);
    }

    #[test]
    fn rfc5869_case_3() {
        let expected = b"\x8d\xa4\xe7\x75\xa5\x63\xc1\x8f\x71\x5f\x80\x2a\x06\x3c\x5a\x31\
            \xb8\xa1\x1f\x5c\x5e\xe1\x87\x9e\xc3\x45\x4e\x5f\x3c\x73\x8d\x2d\
            \x9d\x20\x13\x95\xfa\xa4\xb6\x1a\x96\xc8";
        check(&[0x0b; 22], &[], &[], expected);
    }
}
