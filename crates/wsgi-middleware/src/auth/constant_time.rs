//! Comparison of secrets.

use subtle::ConstantTimeEq;

/// Whether two secrets are equal, in a time that depends only on their lengths.
///
/// An ordinary comparison ends at the first difference, so its duration tells an attacker how much
/// of a guess was right. A difference in length is not hidden.
///
/// ```
/// use wsgi_middleware::constant_time_eq;
///
/// assert!(constant_time_eq("open sesame", "open sesame"));
/// assert!(!constant_time_eq("open sesame", "open barley"));
/// assert!(!constant_time_eq("open sesame", "open"));
/// ```
#[must_use]
pub fn constant_time_eq(a: impl AsRef<[u8]>, b: impl AsRef<[u8]>) -> bool {
    a.as_ref().ct_eq(b.as_ref()).into()
}
