//! The keys of an application.

#[cfg(feature = "encrypted")]
use std::io;
use std::{
    fmt,
    time::{Duration, SystemTime},
};

use crate::{
    context::Context,
    invalid_signature::InvalidSignature,
    key::Key,
    purposes::Purposes,
    signing::{Claim, Signer},
    verified::Verified,
};
#[cfg(feature = "encrypted")]
use crate::{
    decrypted::Decrypted,
    encryption::{Ciphertext, Encrypter},
    invalid_ciphertext::InvalidCiphertext,
};

/// The maximum time by which the clock of the signing server may be ahead of the verifying one.
const MAX_SKEW: Duration = Duration::from_secs(60);

/// The unit of the time of signing.
const SECOND: Duration = Duration::from_secs(1);

/// The keys of an application: one that signs and encrypts, and any number of older ones that only
/// verify and decrypt.
///
/// To rotate keys, sign with a new key and verify with the old one too, until all values that it
/// signed are too old. Values signed by an old key have
/// [`needs_new_signature`](Verified::needs_new_signature) set.
///
/// The *purpose* of a value, such as `"session"`, selects a derived key. So a value that was signed
/// for one purpose is refused for another. The signature also covers the *name* of the cookie and
/// the time of signing. Everyone who has the cookie can read a signed value. With the feature
/// `encrypted`, [`encrypt`](Self::encrypt) makes values that nobody can read without the key.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use wsgi_cookies::{Key, Keyring};
///
/// let old = Key::from_bytes([7; 32]).unwrap();
/// let now = SystemTime::now();
/// let text = Keyring::new(old.clone()).sign("login", "user", b"ada", now);
///
/// let keyring = Keyring::new(Key::generate().unwrap()).verifying_key(old);
/// let day = Duration::from_secs(86_400);
/// let verified = keyring.verify("login", "user", &text, Some(day), now).unwrap();
/// assert_eq!(verified.value, b"ada");
/// assert!(verified.needs_new_signature);
/// assert!(keyring.verify("reset", "user", &text, Some(day), now).is_err());
/// assert!(keyring.verify("login", "user", &text, Some(day), now + 2 * day).is_err());
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

    /// Signs a value and returns the text for a cookie of this name. The text has 60 characters and
    /// four more for every three bytes of the value. They are letters, digits, `-` and `_`.
    ///
    /// Browsers drop a text of more than 4,096 characters, and `verify` refuses it. So a value may
    /// have about 3,000 bytes.
    pub fn sign(&self, purpose: &str, name: &str, value: &[u8], now: SystemTime) -> String {
        let issued = since_1970(now).as_secs();
        self.with_signers(purpose, |signers| {
            let signing = signers.first().expect("every keyring has a signing key");
            signing.sign(Context { purpose, name }, value, issued)
        })
    }

    /// Verifies a text and returns its value. One of the keys must have signed it, for this purpose
    /// and name, at most `max_age` ago and at most a minute in the future. The time of
    /// signing is kept in whole seconds, so a value is never too old early, and may be valid for up
    /// to a second longer.
    ///
    /// ```
    /// use std::time::{Duration, UNIX_EPOCH};
    /// use wsgi_cookies::{Key, Keyring};
    ///
    /// let keyring = Keyring::new(Key::from_bytes([7; 32])?);
    /// let second = Duration::from_secs(1);
    /// let signed_at = UNIX_EPOCH + Duration::from_millis(1_900);
    /// let text = keyring.sign("login", "user", b"ada", signed_at);
    /// let verify = |now| keyring.verify("login", "user", &text, Some(second), now);
    /// assert!(verify(signed_at + second).is_ok());
    /// assert!(verify(signed_at + 2 * second).is_err());
    /// # Ok::<(), wsgi_cookies::InvalidKey>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `InvalidSignature`, for any reason.
    pub fn verify(
        &self,
        purpose: &str,
        name: &str,
        text: &str,
        max_age: Option<Duration>,
        now: SystemTime,
    ) -> Result<Verified, InvalidSignature> {
        let claim = Claim::read(Context { purpose, name }, text).ok_or(InvalidSignature)?;
        let place = self.with_signers(purpose, |signers| {
            let mut signers = signers.iter();
            signers.position(|signer| claim.is_signed_by(signer))
        });
        let place = place.ok_or(InvalidSignature)?;
        let issued_at = time_in_limits(claim.issued(), max_age, now).ok_or(InvalidSignature)?;
        Ok(Verified {
            value: claim.into_payload(),
            issued_at,
            needs_new_signature: place > 0,
        })
    }

    /// Encrypts a value and returns the text for a cookie of this name. The text has 55 characters
    /// and four more for every three bytes of the value. They are letters, digits, `-` and `_`.
    /// The same value makes another text each time.
    ///
    /// The text hides the value, but not its length or the time. Who has it can send it again as
    /// long as it is valid, but cannot change it or move it to another name.
    ///
    /// Browsers drop a text of more than 4,096 characters, and `decrypt` refuses it. So a value may
    /// have about 3,000 bytes.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use wsgi_cookies::{Key, Keyring};
    ///
    /// let keyring = Keyring::new(Key::generate()?);
    /// let now = SystemTime::now();
    /// let text = keyring.encrypt("search", "last", b"a gift for Ada", now)?;
    ///
    /// let hour = Some(Duration::from_secs(3600));
    /// assert_eq!(keyring.decrypt("search", "last", &text, hour, now)?.value, b"a gift for Ada");
    /// assert!(keyring.decrypt("search", "first", &text, hour, now).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The error of the system if it provides no random bytes.
    #[cfg(feature = "encrypted")]
    pub fn encrypt(
        &self,
        purpose: &str,
        name: &str,
        value: &[u8],
        now: SystemTime,
    ) -> io::Result<String> {
        let issued = since_1970(now).as_secs();
        self.with_encrypters(purpose, |encrypters| {
            let encrypting = encrypters.first().expect("every keyring has a first key");
            let text = encrypting.encrypt(Context { purpose, name }, value, issued);
            text.map_err(io::Error::other)
        })
    }

    /// Decrypts a text and returns its value. One of the keys must have encrypted it, for this
    /// purpose and name. The time is checked as by [`verify`](Self::verify).
    ///
    /// # Errors
    ///
    /// `InvalidCiphertext`, for any reason.
    #[cfg(feature = "encrypted")]
    pub fn decrypt(
        &self,
        purpose: &str,
        name: &str,
        text: &str,
        max_age: Option<Duration>,
        now: SystemTime,
    ) -> Result<Decrypted, InvalidCiphertext> {
        let context = Context { purpose, name };
        let mut ciphertext = Ciphertext::read(context, text).ok_or(InvalidCiphertext)?;
        let place = self.with_encrypters(purpose, |encrypters| {
            let mut encrypters = encrypters.iter();
            encrypters.position(|encrypter| ciphertext.is_decrypted_by(encrypter))
        });
        let place = place.ok_or(InvalidCiphertext)?;
        let issued_at = time_in_limits(ciphertext.issued(), max_age, now);
        let issued_at = issued_at.ok_or(InvalidCiphertext)?;
        Ok(Decrypted {
            value: ciphertext.into_value(),
            issued_at,
            needs_new_encryption: place > 0,
        })
    }

    /// Runs `f` with what signs for a purpose.
    fn with_signers<T>(&self, purpose: &str, f: impl FnOnce(&[Signer]) -> T) -> T {
        let derive = || self.keys.iter().map(|key| Signer::new(key, purpose));
        self.signers.with(purpose, || derive().collect(), f)
    }

    /// Runs `f` with what encrypts for a purpose.
    #[cfg(feature = "encrypted")]
    fn with_encrypters<T>(&self, purpose: &str, f: impl FnOnce(&[Encrypter]) -> T) -> T {
        let derive = || self.keys.iter().map(|key| Encrypter::new(key, purpose));
        self.encrypters.with(purpose, || derive().collect(), f)
    }
}

/// The time at which a value was made, if it is still valid. `issued`, in seconds since 1970, was
/// rounded down, so a second is added to the age limit: no value expires early.
fn time_in_limits(issued: u64, max_age: Option<Duration>, now: SystemTime) -> Option<SystemTime> {
    let issued = Duration::from_secs(issued);
    let issued_at = SystemTime::UNIX_EPOCH.checked_add(issued)?;
    let now = since_1970(now);
    let is_in_time = match now.checked_sub(issued) {
        Some(age) => max_age.is_none_or(|max_age| age.saturating_sub(max_age) < SECOND),
        None => issued - now <= MAX_SKEW,
    };
    is_in_time.then_some(issued_at)
}

/// The time since 1970, which is zero for a clock that is set to an earlier time.
fn since_1970(now: SystemTime) -> Duration {
    let now = now.duration_since(SystemTime::UNIX_EPOCH);
    now.unwrap_or_default()
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring")
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}
