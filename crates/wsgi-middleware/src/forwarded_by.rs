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
    /// `X-Forwarded-For`, `X-Forwarded-Proto`, `X-Forwarded-Host`, `X-Forwarded-Port` and
    /// `X-Forwarded-Prefix`, the usual ones.
    #[default]
    XForwarded,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}
