//! Which requests of other sites carry a cookie.

/// Whether a cookie goes along with requests that other sites cause (RFC 6265bis, section
/// 4.1.2.7).
///
/// ```
/// use wsgi_cookies::{SameSite, SetCookie};
///
/// let cookie = SetCookie::new("id", "1").same_site(SameSite::Lax);
/// assert_eq!(cookie.to_header_value().unwrap(), "id=1; SameSite=Lax");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SameSite {
    /// Only with requests of the site itself: not even a link from elsewhere brings it.
    Strict,
    /// Also with a top-level navigation by a safe method, such as following a link.
    Lax,
    /// With all requests. Browsers take it only with `Secure`.
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
