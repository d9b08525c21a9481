//! The attribute `SameSite`.

/// The cross-site requests with which browsers send a cookie (RFC 6265bis, section 4.1.2.7).
///
/// ```
/// use wsgi_cookies::{SameSite, SetCookie};
///
/// let cookie = SetCookie::new("id", "1").same_site(SameSite::Lax);
/// assert_eq!(cookie.to_header_value().unwrap(), "id=1; SameSite=Lax");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SameSite {
    /// None. A link on another site does not send the cookie either.
    Strict,
    /// Top-level navigations with a safe method, such as following a link.
    Lax,
    /// All requests. Browsers accept this only with `Secure`.
    None,
}

impl SameSite {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "Strict",
            Self::Lax => "Lax",
            Self::None => "None",
        }
    }
}
