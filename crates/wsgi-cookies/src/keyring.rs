//! The keys of an application, and what they sign.

use std::fmt;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use crate::signing::{Claim, Context, Signer};
use crate::{Invalid, Key, Verified};

/// How far the clock of the server that signed may be ahead of the one that verifies.
const MAX_SKEW: Duration = Duration::from_secs(60);

/// How many purposes are kept ready.
const PURPOSES: usize = 8;

/// One key that signs, and any number that verify what was signed before them.
///
/// To rotate, make a new key the signing one and keep the old one as verifying until all it
/// signed has aged; values it vouches for say `resign`. The *purpose* names what the value is for,
/// such as `"session"`: each has a key of its own, so that a value made for one is worth nothing
/// for another. So has the cookie's *name*, and time. The value is signed, not encrypted: whoever
/// has the cookie can read it.
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
    /// The first purposes asked for, filled from the left and never changed: looking one up
    /// takes no lock.
    ready: [OnceLock<Purpose>; PURPOSES],
}

/// The keys of a keyring for one purpose.
struct Purpose {
    name: Box<str>,
    signers: Box<[Signer]>,
}

impl Keyring {
    /// The longest text that is verified, in bytes: that of the longest cookie.
    pub const MAX_TEXT_LENGTH: usize = crate::signing::MAX_TEXT;

    /// A keyring with this key alone, which signs and verifies.
    pub fn new(signing: Key) -> Self {
        Self::of(vec![signing])
    }

    /// The same with one more key that verifies.
    #[must_use]
    pub fn verifying_key(self, key: Key) -> Self {
        let mut keys = self.keys;
        keys.push(key);
        Self::of(keys)
    }

    fn of(keys: Vec<Key>) -> Self {
        let ready = Default::default();
        Self { keys, ready }
    }

    /// The text that stands for the value in a cookie of that name: 60 bytes and four for every
    /// three of the value, letters, digits, `-` and `_`.
    ///
    /// Browsers drop, and `verify` refuses, what is longer than 4,096 bytes: a value may have
    /// about 3,000.
    pub fn sign(&self, purpose: &str, name: &str, value: &[u8], now: SystemTime) -> String {
        let issued = now.duration_since(SystemTime::UNIX_EPOCH);
        let issued = issued.unwrap_or_default().as_secs();
        self.with(purpose, |signers| {
            let signing = signers.first().expect("a keyring has a signing key");
            signing.sign(Context { purpose, name }, value, issued)
        })
    }

    /// What was signed, if one of the keys signed it, for this purpose and name, at most `max_age`
    /// ago and not more than a minute in the future.
    ///
    /// # Errors
    ///
    /// `Invalid`, whatever the reason.
    pub fn verify(
        &self,
        purpose: &str,
        name: &str,
        text: &str,
        max_age: Option<Duration>,
        now: SystemTime,
    ) -> Result<Verified, Invalid> {
        let claim = Claim::read(Context { purpose, name }, text).ok_or(Invalid)?;
        let place = self.with(purpose, |signers| {
            let mut signers = signers.iter();
            signers.position(|signer| claim.is_proved_by(signer))
        });
        let place = place.ok_or(Invalid)?;
        let issued = Duration::from_secs(claim.issued());
        let issued_at = SystemTime::UNIX_EPOCH.checked_add(issued).ok_or(Invalid)?;
        if !is_in_time(issued_at, max_age, now) {
            return Err(Invalid);
        }
        Ok(Verified {
            value: claim.into_payload(),
            issued_at,
            needs_new_signature: place > 0,
        })
    }

    /// Runs `f` with the keys for a purpose. Beyond the first few purposes they are made anew
    /// each time, so that the keyring does not grow with what it is asked.
    fn with<T>(&self, purpose: &str, f: impl FnOnce(&[Signer]) -> T) -> T {
        for place in &self.ready {
            let ready = place.get_or_init(|| Purpose {
                name: purpose.into(),
                signers: self.signers(purpose),
            });
            if *ready.name == *purpose {
                return f(&ready.signers);
            }
        }
        f(&self.signers(purpose))
    }

    fn signers(&self, purpose: &str) -> Box<[Signer]> {
        self.keys
            .iter()
            .map(|key| Signer::new(key, purpose))
            .collect()
    }
}

fn is_in_time(issued_at: SystemTime, max_age: Option<Duration>, now: SystemTime) -> bool {
    match now.duration_since(issued_at) {
        Ok(age) => max_age.is_none_or(|max_age| age <= max_age),
        Err(ahead) => ahead.duration() <= MAX_SKEW,
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring")
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}
