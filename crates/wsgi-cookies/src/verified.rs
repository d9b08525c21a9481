//! A verified value.

use std::time::SystemTime;

/// A value whose signature was verified.
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
