//! Conversion to the `HeaderValue` of the crate `http`.

use http::HeaderValue;

use crate::{invalid_cookie::InvalidCookie, set_cookie::SetCookie};

/// Converts a cookie to the value of a `Set-Cookie` field. Needs the feature `http`.
///
/// The errors are those of [`SetCookie::to_header_value`].
///
/// ```
/// use http::{HeaderMap, HeaderValue, header::SET_COOKIE};
/// use wsgi_cookies::{InvalidCookie, SetCookie};
///
/// let mut headers = HeaderMap::new();
/// headers.append(SET_COOKIE, SetCookie::new("theme", "dark").try_into()?);
/// headers.append(SET_COOKIE, SetCookie::removal("id").try_into()?);
/// assert_eq!(headers[SET_COOKIE], "theme=dark");
/// assert_eq!(headers.get_all(SET_COOKIE).iter().count(), 2);
///
/// let split = HeaderValue::try_from(SetCookie::new("theme", "a\r\nb"));
/// assert_eq!(split.unwrap_err(), InvalidCookie::Value);
/// # Ok::<(), InvalidCookie>(())
/// ```
impl TryFrom<SetCookie> for HeaderValue {
    type Error = InvalidCookie;

    fn try_from(cookie: SetCookie) -> Result<Self, InvalidCookie> {
        Self::try_from(&cookie)
    }
}

/// Converts a cookie to the value of a `Set-Cookie` field. Needs the feature `http`.
///
/// The errors are those of [`SetCookie::to_header_value`].
impl TryFrom<&SetCookie> for HeaderValue {
    type Error = InvalidCookie;

    fn try_from(cookie: &SetCookie) -> Result<Self, InvalidCookie> {
        let value = cookie.to_header_value()?;
        // A checked cookie is visible ASCII and spaces, which every field value may contain.
        Self::try_from(value).map_err(|_| InvalidCookie::Value)
    }
}
