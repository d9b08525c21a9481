//! The mark by which a write knows what it replaces.

use crate::StoreError;

/// Marks one write of a record: 128 random bits, never used twice.
///
/// A number that counted up would come round again after a write that failed
/// half-way, and two writers would take each other's record for their own.
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
    /// A new version.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] where the operating system gives no
    /// randomness.
    pub fn random() -> Result<Self, StoreError> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(StoreError::unavailable)?;
        Ok(Self::from_bytes(bytes))
    }

    /// The version with these bytes, most significant first.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }

    /// The 16 bytes of the version, most significant first.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }
}
