//! The choice between the header fields of proxies.

/// The header fields in which proxies describe the client's request.
///
/// ```
/// use wsgi_middleware::{ForwardedBy, TrustedProxies, not_found};
///
/// let app = TrustedProxies::new(not_found).forwarded_by(ForwardedBy::Forwarded);
/// assert_ne!(ForwardedBy::default(), ForwardedBy::Forwarded);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ForwardedBy {
    /// `X-Forwarded-For` and `X-Forwarded-Proto`, the usual ones, and also `X-Forwarded-Host`,
    /// `X-Forwarded-Port` and `X-Forwarded-Prefix` if they are
    /// [trusted](crate::TrustedProxies::trust_host).
    #[default]
    XForwarded,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}
