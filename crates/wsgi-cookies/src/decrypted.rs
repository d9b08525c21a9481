//! A decrypted value.

use std::{fmt, time::SystemTime};

/// A value that was decrypted, and that nobody has changed. `Debug` does not show it.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use wsgi_cookies::{Key, Keyring};
///
/// let keyring = Keyring::new(Key::from_bytes([7; 32])?);
/// let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
/// let text = keyring.for_cookie("search", "last").encrypt("a gift for Ada", then)?;
///
/// let hour = Duration::from_secs(3600);
/// let decrypted = keyring.for_cookie("search", "last").decrypt(&text, None, then + hour)?;
/// assert_eq!(decrypted.value, b"a gift for Ada");
/// assert_eq!(decrypted.issued_at, then);
/// assert!(!decrypted.needs_new_encryption);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decrypted {
    /// The value that was encrypted.
    pub value: Vec<u8>,
    /// The time of encryption, in whole seconds.
    pub issued_at: SystemTime,
    /// Whether an old key encrypted the value. If so, encrypt it again, so that the old key can be
    /// dropped.
    pub needs_new_encryption: bool,
}

impl fmt::Debug for Decrypted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decrypted")
            .field("issued_at", &self.issued_at)
            .field("needs_new_encryption", &self.needs_new_encryption)
            .finish_non_exhaustive()
    }
}
