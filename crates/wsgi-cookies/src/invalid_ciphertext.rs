//! The error for every encrypted value that is refused.

use std::{error::Error, fmt};

/// The error for an encrypted value that is refused. It does not tell the reason, which could help
/// a forger.
///
/// ```
/// use std::time::SystemTime;
/// use wsgi_cookies::{InvalidCiphertext, Key, Keyring};
///
/// let keyring = Keyring::new(Key::from_bytes([7; 32]).unwrap());
/// let forged = keyring.for_cookie("search", "last").decrypt("ada", None, SystemTime::now());
/// assert_eq!(forged, Err(InvalidCiphertext));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidCiphertext;

impl fmt::Display for InvalidCiphertext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the encrypted value is not valid")
    }
}

impl Error for InvalidCiphertext {}
