//! Comparing secrets.

use subtle::ConstantTimeEq;

/// Whether two secrets are the same, in a time that depends on their lengths alone.
///
/// An ordinary comparison ends at the first difference, and how long it took tells a
/// stranger how much of a guess was right. That the lengths differ is not hidden.
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
