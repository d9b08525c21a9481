//! Identifies a write, so that the next one knows what it replaces.

use crate::{random, store_error::StoreError};

/// Identifies one write of a record: 128 random bits, never used twice.
///
/// A counter could repeat after a write that failed half-way, and two writers would then take each
/// other's record for their own.
///
/// ```
/// use wsgi_sessions::Version;
///
/// let version = Version::random()?;
/// assert_ne!(version, Version::random()?);
/// assert_eq!(Version::from_bytes(version.to_bytes()), version);
/// # Ok::<_, wsgi_sessions::StoreError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Version(u128);

impl Version {
    /// Makes a new version.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] if the operating system provides no randomness.
    pub fn random() -> Result<Self, StoreError> {
        random::bytes().map(Self::from_bytes)
    }

    /// Makes a version of these bytes, most significant first.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }

    /// Returns the 16 bytes of the version, most significant first.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }
}
