//! The secret that a server keeps of a user's password.

use std::fmt;

use super::{algorithm::DigestAlgorithm, hex};

/// The secret of a user for [`DigestAuth`](crate::DigestAuth): a hash of the user, the realm and
/// the password (`H(A1)` of RFC 7616 section 3.4.2).
///
/// A site can keep it in place of the password. It is enough to log in to this realm, but not to
/// another one. A short password can be guessed from it, since it is fast to compute: keep it as
/// secret as the password. The `Debug` form does not show it.
///
/// ```
/// use wsgi_middleware::DigestSecret;
///
/// let secret = DigestSecret::new("Mufasa", "http-auth@example.org", "Circle of Life");
/// let kept = secret.to_hex();
/// assert!(kept.starts_with("7987c64c30e25f1b74be53f966b49b90"));
/// assert_eq!(DigestSecret::from_hex(&kept), Some(secret));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct DigestSecret([u8; 32]);

impl DigestSecret {
    /// Makes the secret of a user with a password, by SHA-256. The realm is that of the
    /// [`DigestAuth`](crate::DigestAuth).
    #[must_use]
    pub fn new(user: &str, realm: &str, password: &str) -> Self {
        Self::with_algorithm(DigestAlgorithm::Sha256, user, realm, password)
    }

    /// Makes a secret by another hash function: that of the
    /// [`DigestAuth`](crate::DigestAuth::algorithm).
    ///
    /// ```
    /// use wsgi_middleware::{DigestAlgorithm, DigestSecret};
    ///
    /// let secret = |algorithm| DigestSecret::with_algorithm(algorithm, "ada", "Cave", "open sesame");
    /// assert_eq!(secret(DigestAlgorithm::Sha256), DigestSecret::new("ada", "Cave", "open sesame"));
    /// assert_ne!(secret(DigestAlgorithm::Sha512_256), secret(DigestAlgorithm::Sha256));
    /// ```
    #[must_use]
    pub fn with_algorithm(
        algorithm: DigestAlgorithm,
        user: &str,
        realm: &str,
        password: &str,
    ) -> Self {
        Self(algorithm.digest(&[user, realm, password].map(str::as_bytes)))
    }

    /// Reads a secret that [`to_hex`](Self::to_hex) wrote: 64 hexadecimal digits. Other texts are
    /// `None`.
    ///
    /// ```
    /// use wsgi_middleware::DigestSecret;
    ///
    /// assert_eq!(DigestSecret::from_hex("c0ffee"), None);
    /// ```
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        hex::decode(text.as_bytes()).map(Self)
    }

    /// Returns the secret as 64 hexadecimal digits, to be kept in a file or a database.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex::encode(&self.0)
    }
}

impl fmt::Debug for DigestSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DigestSecret").finish_non_exhaustive()
    }
}
