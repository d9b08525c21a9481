//! The keys of an application.

use std::fmt;

#[cfg(feature = "encrypted")]
use crate::encryption::Encrypter;
use crate::{key::Key, purposes::Purposes, signing::Signer};

/// The keys of an application: one that signs and encrypts, and any number of older ones that only
/// verify and decrypt.
///
/// To rotate keys, sign with a new key and verify with the old one too, until all values that it
/// signed are too old. Values signed by an old key have
/// [`needs_new_signature`](crate::Verified::needs_new_signature) set.
///
/// The *purpose* of a value, such as `"session"`, selects a derived key. So a value that was signed
/// for one purpose is refused for another. The signature also covers the *name* of the cookie and
/// the time of signing. [`for_cookie`](Self::for_cookie) returns the keys of one purpose and name,
/// which sign and verify. Everyone who has the cookie can read a signed value. With the feature
/// `encrypted`, they also make values that nobody can read without the key.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use wsgi_cookies::{Key, Keyring};
///
/// let old = Key::from_bytes([7; 32]).unwrap();
/// let now = SystemTime::now();
/// let text = Keyring::new(old.clone()).for_cookie("login", "user").sign("ada", now);
///
/// let keyring = Keyring::new(Key::generate().unwrap()).verifying_key(old);
/// let user = keyring.for_cookie("login", "user");
/// let day = Duration::from_secs(86_400);
/// let verified = user.verify(&text, Some(day), now).unwrap();
/// assert_eq!(verified.value, b"ada");
/// assert!(verified.needs_new_signature);
/// assert!(user.verify(&text, Some(day), now + 2 * day).is_err());
/// assert!(keyring.for_cookie("reset", "user").verify(&text, Some(day), now).is_err());
/// ```
pub struct Keyring {
    /// The signing key is the first.
    keys: Vec<Key>,
    signers: Purposes<Signer>,
    #[cfg(feature = "encrypted")]
    encrypters: Purposes<Encrypter>,
}

impl Keyring {
    /// The maximum length of a text that is verified, in bytes: that of the longest cookie.
    pub const MAX_TEXT_LENGTH: usize = crate::signing::MAX_TEXT;

    /// Creates a keyring with one key, which signs and verifies, encrypts and decrypts.
    #[must_use]
    pub fn new(signing: Key) -> Self {
        Self::of(vec![signing])
    }

    /// Adds an old key, which verifies and decrypts what was made with it, and does nothing else.
    #[must_use]
    pub fn verifying_key(self, key: Key) -> Self {
        let mut keys = self.keys;
        keys.push(key);
        Self::of(keys)
    }

    fn of(keys: Vec<Key>) -> Self {
        Self {
            keys,
            signers: Purposes::new(),
            #[cfg(feature = "encrypted")]
            encrypters: Purposes::new(),
        }
    }

    /// Runs `f` with what signs for a purpose.
    pub(crate) fn with_signers<T>(&self, purpose: &str, f: impl FnOnce(&[Signer]) -> T) -> T {
        let derive = || self.keys.iter().map(|key| Signer::new(key, purpose));
        self.signers.with(purpose, || derive().collect(), f)
    }

    /// Runs `f` with what encrypts for a purpose.
    #[cfg(feature = "encrypted")]
    pub(crate) fn with_encrypters<T>(&self, purpose: &str, f: impl FnOnce(&[Encrypter]) -> T) -> T {
        let derive = || self.keys.iter().map(|key| Encrypter::new(key, purpose));
        self.encrypters.with(purpose, || derive().collect(), f)
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring")
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}
