//! Variables that must not be shown.

use std::fmt;

use wsgi_headers::Value;

/// Parts of the names of variables that show who a client is, and of secrets in general.
const PARTS: [&[u8]; 8] = [
    b"AUTHORIZATION",
    b"COOKIE",
    b"CREDENTIAL",
    b"JWT",
    b"KEY",
    b"PASSW",
    b"SECRET",
    b"TOKEN",
];

/// Whether the name of a variable speaks of a secret, such as a password, a cookie, a token or a
/// key.
///
/// A page or a log that shows an environ should leave out the values of such variables. A script of
/// a page could otherwise read in the response what browsers keep from it, such as a cookie with
/// `HttpOnly`. The name may be in any ASCII case, and have any prefix, as
/// `REDIRECT_HTTP_AUTHORIZATION` of Apache. The `Debug` form of an [`Environ`](crate::Environ)
/// shows only the length of these values.
///
/// ```
/// use wsgi_environ::{Environ, is_secret};
///
/// assert!(is_secret("HTTP_COOKIE"));
/// assert!(is_secret("shop.password"));
/// assert!(!is_secret("HTTP_KEEP_ALIVE"));
///
/// let mut environ = Environ::new();
/// environ.set("HTTP_AUTHORIZATION", "Basic b3BlbnNlc2FtZQ==");
/// assert!(format!("{environ:?}").contains("\"HTTP_AUTHORIZATION\": (22 bytes)"));
/// ```
#[must_use]
pub fn is_secret(name: impl AsRef<[u8]>) -> bool {
    let name = name.as_ref();
    PARTS.iter().any(|part| {
        name.windows(part.len())
            .any(|window| window.eq_ignore_ascii_case(part))
    })
}

/// The value of a variable for a `Debug` form: of a secret, only the length.
pub(crate) fn shown<'a>(name: &str, value: Value<'a>) -> Shown<'a> {
    match is_secret(name) {
        true => Shown::Length(value.as_bytes().len()),
        false => Shown::Value(value),
    }
}

pub(crate) enum Shown<'a> {
    Value(Value<'a>),
    Length(usize),
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => value.fmt(f),
            Self::Length(length) => write!(f, "({length} bytes)"),
        }
    }
}
