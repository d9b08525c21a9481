//! The limits of given ticket keys.

/// The minimum length of a key in bytes.
pub(crate) const MIN_LENGTH: usize = 32;

/// The maximum length of a key in bytes.
pub(crate) const MAX_LENGTH: usize = 1024;

/// The maximum number of keys.
pub(crate) const MAX_KEYS: usize = 16;
