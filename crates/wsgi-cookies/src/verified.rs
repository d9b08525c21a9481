//! What a genuine signed value says.

use std::time::SystemTime;

/// A signed value that proved genuine.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// What was signed.
    pub value: Vec<u8>,
    /// When it was signed, in whole seconds.
    pub issued_at: SystemTime,
    /// Whether another key than the signing one vouches for it: sign the value again, so that the
    /// old key can be retired.
    pub needs_new_signature: bool,
}
