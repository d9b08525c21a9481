//! Why a cookie was not built.

use std::error::Error;
use std::fmt;

/// Why a `SetCookie` gives no header value: a browser would drop the cookie, or keep another one
/// than was meant.
///
/// ```
/// use wsgi_cookies::{InvalidCookie, SetCookie};
///
/// let cookie = SetCookie::new("theme", "dark\r\nSet-Cookie: admin=1");
/// assert_eq!(cookie.to_header_value(), Err(InvalidCookie::Value));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidCookie {
    /// The name is empty, or is not made of letters, digits and ``!#$%&'*+-.^_`|~``.
    Name,
    /// The value has a byte that is no cookie-octet: build the cookie with `SetCookie::encoded`.
    Value,
    /// Name and value together have more than 4,096 bytes: keep the data elsewhere, under a key.
    TooLong {
        /// How many bytes they have.
        length: usize,
    },
    /// The path does not begin with a slash, has a control character, a semicolon or a byte that
    /// is not ASCII, or is longer than 1,024 bytes.
    Path,
    /// The domain is no host name of dot-separated labels, or is longer than 1,024 bytes.
    Domain,
    /// The time of expiry is before 1970 or after 9999.
    Expires,
    /// `SameSite=None` is taken by browsers only with `Secure`.
    SameSiteNone,
    /// `Partitioned` is taken by browsers only with `Secure`.
    Partitioned,
    /// A name that begins with `__Secure-` needs `Secure`.
    SecurePrefix,
    /// A name that begins with `__Host-` needs `Secure` and `Path=/`, and must have no `Domain`.
    HostPrefix,
    /// A name that begins with `__Http-` or `__Host-Http-` needs `Secure` and `HttpOnly`.
    HttpPrefix,
}

impl fmt::Display for InvalidCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Name => "the cookie's name is not a token",
            Self::Value => "the cookie's value has bytes that must be encoded",
            Self::TooLong { length } => {
                return write!(f, "the cookie has {length} bytes, browsers keep 4096");
            }
            Self::Path => "the cookie's path is not an absolute path",
            Self::Domain => "the cookie's domain is not a host name",
            Self::Expires => "the cookie's time of expiry is not between 1970 and 9999",
            Self::SameSiteNone => "a cookie with SameSite=None must be Secure",
            Self::Partitioned => "a Partitioned cookie must be Secure",
            Self::SecurePrefix => "a __Secure- cookie must be Secure",
            Self::HostPrefix => "a __Host- cookie must be Secure with Path=/ and no Domain",
            Self::HttpPrefix => "a __Http- cookie must be Secure and HttpOnly",
        };
        f.write_str(text)
    }
}

impl Error for InvalidCookie {}
