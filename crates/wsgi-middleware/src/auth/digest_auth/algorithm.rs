//! The hash functions of Digest authentication.

use sha2::{Digest, Sha256, Sha512_256};

use super::hex;

/// The hash function of a [`DigestAuth`](crate::DigestAuth) (RFC 7616 section 3.2).
///
/// ```
/// use wsgi_middleware::DigestAlgorithm;
///
/// assert_eq!(DigestAlgorithm::default(), DigestAlgorithm::Sha256);
/// assert_eq!(DigestAlgorithm::Sha512_256.name(), "SHA-512-256");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DigestAlgorithm {
    /// SHA-256, which browsers know. The default.
    #[default]
    Sha256,
    /// SHA-512/256 of FIPS 180-4. Fewer clients know it; curl does.
    Sha512_256,
}

impl DigestAlgorithm {
    /// Returns the name in the parameter `algorithm`.
    ///
    /// ```
    /// assert_eq!(wsgi_middleware::DigestAlgorithm::Sha256.name(), "SHA-256");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA-256",
            Self::Sha512_256 => "SHA-512-256",
        }
    }

    /// Hashes the name of a user in a realm: 64 hexadecimal digits, in lower case (RFC 7616 section
    /// 3.4.4). A client sends them in place of the name; see
    /// [`DigestAuth::hashed_users`](crate::DigestAuth::hashed_users).
    ///
    /// ```
    /// use wsgi_middleware::DigestAlgorithm;
    ///
    /// let hash = DigestAlgorithm::Sha512_256.user_hash("J\u{e4}s\u{f8}n Doe", "api@example.org");
    /// assert_eq!(hash, "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b");
    /// ```
    #[must_use]
    pub fn user_hash(self, user: &str, realm: &str) -> String {
        hex::encode(&self.digest(&[user.as_bytes(), realm.as_bytes()]))
    }

    /// The algorithm with a name, in any case.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        let mut all = [Self::Sha256, Self::Sha512_256].into_iter();
        all.find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    /// The hash of some parts with colons between them.
    pub(super) fn digest(self, parts: &[&[u8]]) -> [u8; 32] {
        match self {
            Self::Sha256 => joined(Sha256::new(), parts).into(),
            Self::Sha512_256 => joined(Sha512_256::new(), parts).into(),
        }
    }
}

fn joined<H: Digest>(mut hash: H, parts: &[&[u8]]) -> sha2::digest::Output<H> {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            hash.update(b":");
        }
        hash.update(part);
    }
    hash.finalize()
}
