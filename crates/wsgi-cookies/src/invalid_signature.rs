//! The error for every signed value that is refused.

use std::{error::Error, fmt};

/// The error for a signed value that is refused. It does not tell the reason, which could help a
/// forger.
///
/// ```
/// use std::time::SystemTime;
/// use wsgi_cookies::{InvalidSignature, Key, Keyring};
///
/// let keyring = Keyring::new(Key::from_bytes([7; 32]).unwrap());
/// let forged = keyring.for_cookie("login", "user").verify("ada", None, SystemTime::now());
/// assert_eq!(forged, Err(InvalidSignature));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidSignature;

impl fmt::Display for InvalidSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the signed value is not valid")
    }
}

impl Error for InvalidSignature {}
