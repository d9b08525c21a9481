//! A verified value.

use std::time::SystemTime;

/// A value whose signature was verified.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use wsgi_cookies::{Key, Keyring};
///
/// let keyring = Keyring::new(Key::from_bytes([7; 32]).unwrap());
/// let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
/// let text = keyring.for_cookie("login", "user").sign("ada", then);
///
/// let hour = Duration::from_secs(3600);
/// let verified = keyring.for_cookie("login", "user").verify(&text, None, then + hour).unwrap();
/// assert_eq!(verified.value, b"ada");
/// assert_eq!(verified.issued_at, then);
/// assert!(!verified.needs_new_signature);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// The value that was signed.
    pub value: Vec<u8>,
    /// The time of signing, in whole seconds.
    pub issued_at: SystemTime,
    /// Whether an old key signed the value. If so, sign it again, so that the old key can be
    /// dropped.
    pub needs_new_signature: bool,
}
