//! The reason why a cookie was not built.

use std::{error::Error, fmt};

/// The reason why a `SetCookie` has no header value: a browser would drop the cookie, or keep a
/// different one.
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
    /// The name is empty, or contains characters other than letters, digits and
    /// ``!#$%&'*+-.^_`|~``.
    Name,
    /// The value contains a byte that is not a cookie-octet. Build the cookie with
    /// `SetCookie::encoded`.
    Value,
    /// Name and value together have more than 4,096 bytes. Keep the data on the server, and a key
    /// to it in the cookie.
    TooLong {
        /// The number of bytes of name and value.
        length: usize,
    },
    /// The path does not begin with a slash, ends with a space, contains a control character, a
    /// semicolon or a non-ASCII byte, or is longer than 1,024 bytes.
    Path,
    /// The domain is not a host name of labels separated by dots, or is longer than 1,024 bytes.
    Domain,
    /// The expiry date is before 1970 or after 9999.
    Expires,
    /// The cookie has `SameSite=None`, which browsers accept only with `Secure`.
    SameSiteNone,
    /// The cookie has `Partitioned`, which browsers accept only with `Secure`.
    Partitioned,
    /// The name begins with `__Secure-`, which requires `Secure`.
    SecurePrefix,
    /// The name begins with `__Host-`, which requires `Secure` and `Path=/`, and forbids `Domain`.
    HostPrefix,
    /// The name begins with `__Http-` or `__Host-Http-`, which require `Secure` and `HttpOnly`.
    HttpPrefix,
}

impl fmt::Display for InvalidCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Name => "the cookie's name is not a token",
            Self::Value => "the cookie's value contains bytes that must be encoded",
            Self::TooLong { length } => {
                return write!(
                    f,
                    "the cookie has {length} bytes, but browsers keep only 4096"
                );
            }
            Self::Path => "the cookie's path is not an absolute path",
            Self::Domain => "the cookie's domain is not a host name",
            Self::Expires => "the cookie's expiry date is not between 1970 and 9999",
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
