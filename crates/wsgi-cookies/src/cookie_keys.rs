//! The keys for one cookie.

#[cfg(feature = "encrypted")]
use std::io;
use std::time::{Duration, SystemTime};

use crate::{
    context::Context, invalid_signature::InvalidSignature, keyring::Keyring, signing::Claim,
    verified::Verified,
};
#[cfg(feature = "encrypted")]
use crate::{decrypted::Decrypted, encryption::Ciphertext, invalid_ciphertext::InvalidCiphertext};

/// The maximum time by which the clock of the signing server may be ahead of the verifying one.
const MAX_SKEW: Duration = Duration::from_secs(60);

/// The unit of the time of signing.
const SECOND: Duration = Duration::from_secs(1);

/// The keys of a [`Keyring`] for one purpose and the cookie of one name.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use wsgi_cookies::{Key, Keyring};
///
/// let keyring = Keyring::new(Key::generate()?);
/// let user = keyring.for_cookie("login", "user");
/// let (now, hour) = (SystemTime::now(), Duration::from_secs(3600));
/// let text = user.sign("ada", now);
/// assert_eq!(user.verify(&text, Some(hour), now).unwrap().value, b"ada");
/// # Ok::<(), wsgi_cookies::InvalidKey>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct CookieKeys<'a> {
    keyring: &'a Keyring,
    context: Context<'a>,
}

impl Keyring {
    /// Returns the keys for one purpose and the cookie of one name.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use wsgi_cookies::{Key, Keyring};
    ///
    /// let keyring = Keyring::new(Key::from_bytes([7; 32])?);
    /// let login = keyring.for_cookie("login", "user");
    /// let reset = keyring.for_cookie("reset", "user");
    /// let now = SystemTime::now();
    /// let text = login.sign("ada", now);
    /// assert!(login.verify(&text, None, now).is_ok());
    /// assert!(reset.verify(&text, None, now).is_err());
    /// # Ok::<(), wsgi_cookies::InvalidKey>(())
    /// ```
    #[must_use]
    pub fn for_cookie<'a>(&'a self, purpose: &'a str, name: &'a str) -> CookieKeys<'a> {
        let context = Context { purpose, name };
        CookieKeys {
            keyring: self,
            context,
        }
    }
}

impl CookieKeys<'_> {
    /// Signs a value and returns the text for the cookie. The text has 60 characters and
    /// four more for every three bytes of the value. They are letters, digits, `-` and `_`.
    ///
    /// Browsers drop a text of more than 4,096 characters, and `verify` refuses it. So a value may
    /// have about 3,000 bytes.
    #[must_use]
    pub fn sign(&self, value: impl AsRef<[u8]>, now: SystemTime) -> String {
        let issued = since_1970(now).as_secs();
        self.keyring.with_signers(self.context.purpose, |signers| {
            let signing = signers.first().expect("every keyring has a signing key");
            signing.sign(self.context, value.as_ref(), issued)
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
    /// let user = keyring.for_cookie("login", "user");
    /// let text = user.sign("ada", signed_at);
    /// let verify = |now| user.verify(&text, Some(second), now);
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
        text: &str,
        max_age: Option<Duration>,
        now: SystemTime,
    ) -> Result<Verified, InvalidSignature> {
        let claim = Claim::read(self.context, text).ok_or(InvalidSignature)?;
        let place = self.keyring.with_signers(self.context.purpose, |signers| {
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

    /// Encrypts a value and returns the text for the cookie. The text has 55 characters
    /// and four more for every three bytes of the value. They are letters, digits, `-` and `_`.
    /// The same value makes another text each time.
    ///
    /// The text hides the value, but not its length or the time. Everyone who has the text can
    /// send it again as long as it is valid, but cannot change it or move it to another name.
    ///
    /// Browsers drop a text of more than 4,096 characters, and `decrypt` refuses it. So a value may
    /// have about 3,000 bytes.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use wsgi_cookies::{Key, Keyring};
    ///
    /// let keyring = Keyring::new(Key::generate()?);
    /// let last = keyring.for_cookie("search", "last");
    /// let now = SystemTime::now();
    /// let text = last.encrypt("a gift for Ada", now)?;
    ///
    /// let hour = Some(Duration::from_secs(3600));
    /// assert_eq!(last.decrypt(&text, hour, now)?.value, b"a gift for Ada");
    /// assert!(keyring.for_cookie("search", "first").decrypt(&text, hour, now).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The error of the system if it provides no random bytes.
    #[cfg(feature = "encrypted")]
    pub fn encrypt(&self, value: impl AsRef<[u8]>, now: SystemTime) -> io::Result<String> {
        let issued = since_1970(now).as_secs();
        self.keyring
            .with_encrypters(self.context.purpose, |encrypters| {
                let encrypting = encrypters.first().expect("every keyring has a first key");
                let text = encrypting.encrypt(self.context, value.as_ref(), issued);
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
        text: &str,
        max_age: Option<Duration>,
        now: SystemTime,
    ) -> Result<Decrypted, InvalidCiphertext> {
        let mut ciphertext = Ciphertext::read(self.context, text).ok_or(InvalidCiphertext)?;
        let place = self
            .keyring
            .with_encrypters(self.context.purpose, |encrypters| {
                let mut encrypters = encrypters.iter();
                encrypters.position(|encrypter| ciphertext.decrypt_with(encrypter))
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
