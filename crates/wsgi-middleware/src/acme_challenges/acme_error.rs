//! The reasons why a challenge is refused.

use std::{error::Error, fmt};

/// The reason why an [`AcmeHandle`](crate::AcmeHandle) refuses a challenge.
///
/// ```
/// use wsgi_middleware::{AcmeChallenges, AcmeError, not_found};
///
/// let handle = AcmeChallenges::new(not_found).handle();
/// assert_eq!(handle.add("../../etc/passwd", "x"), Err(AcmeError::InvalidToken));
/// assert_eq!(handle.add("LoqXcYV8", "another.key"), Err(AcmeError::InvalidKeyAuthorization));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AcmeError {
    /// The token does not have 1 to 255 characters of base64url (RFC 8555 section 8.3).
    InvalidToken,
    /// The key authorization is not the token, a dot, and the SHA-256 thumbprint of a key in
    /// base64url (RFC 8555 section 8.1).
    InvalidKeyAuthorization,
    /// There are 1,000 challenges already. Remove those that the authority has checked.
    Full,
}

impl fmt::Display for AcmeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidToken => "the token does not have 1 to 255 characters of base64url",
            Self::InvalidKeyAuthorization => {
                "the key authorization is not the token, a dot, and a thumbprint in base64url"
            }
            Self::Full => "there are 1,000 challenges already; remove those that were checked",
        })
    }
}

impl Error for AcmeError {}
