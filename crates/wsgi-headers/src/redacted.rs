//! Values without their secrets.

use std::{borrow::Cow, fmt};

use crate::{
    octets::{is_token, trim_start},
    secret::{ends_with, is_same, is_secret},
    url_secrets::{
        push_length, without_decoded_secrets, without_parameters, without_passwords,
        without_url_secrets,
    },
    value::Value,
};

/// The longest name of a scheme in `Authorization` that is shown, in bytes. A longer one may be a
/// secret in its place.
const LONGEST_SCHEME: usize = 20;

/// The ends of the names of variables and fields with a URL.
const URLS: [&[u8]; 8] = [
    b"DESTINATION",
    b"LINK",
    b"LOCATION",
    b"REFERER",
    b"REFRESH",
    b"_PATH",
    b"_URI",
    b"_URL",
];

/// The ends of the names of variables with a decoded path (RFC 3875, section 4.1).
const DECODED_PATHS: [&[u8]; 4] = [
    b"PATH_INFO",
    b"PATH_TRANSLATED",
    b"SCRIPT_FILENAME",
    b"SCRIPT_NAME",
];

/// The attributes of cookies (RFC 6265, section 4.1, and what browsers have added).
const ATTRIBUTES: [&[u8]; 8] = [
    b"Domain",
    b"Expires",
    b"HttpOnly",
    b"Max-Age",
    b"Partitioned",
    b"Path",
    b"SameSite",
    b"Secure",
];

/// The value of a field or a variable without secrets, for a page or a log.
///
/// In place of a secret stands its length. Shown are the scheme of an `Authorization`, the names of
/// cookies, and the known attributes of a `Set-Cookie`. Of other variables and fields whose names
/// [speak of a secret](is_secret), the whole value is one.
///
/// In every value, the password of a user in a URL is a secret, but not a user without a password.
/// Variables and fields whose names end with one of these words are also looked at as URLs or
/// queries: `DESTINATION`, `LINK`, `LOCATION`, `PATH_INFO`, `PATH_TRANSLATED`, `QUERY_STRING`,
/// `REFERER`, `REFRESH`, `SCRIPT_FILENAME`, `SCRIPT_NAME`, `_PATH`, `_URI` and `_URL`. In their
/// queries and fragments, the parameters with such names are secrets. A parameter is a secret as a
/// whole if it has a URL with a password, or an encoded URL or query with a secret. So is a path.
///
/// ```
/// use wsgi_headers::Redacted;
///
/// let shown = |name, value: &'static str| format!("{:?}", Redacted::new(name, value));
/// assert_eq!(shown("X-Api-Key", "opensesame"), "(10 bytes)");
/// assert_eq!(shown("Authorization", "Bearer opensesame"), r#""Bearer (10 bytes)""#);
/// assert_eq!(shown("Set-Cookie", "id=open; Secure"), r#""id=(4 bytes); Secure""#);
/// assert_eq!(shown("QUERY_STRING", "a=b&token=open"), r#""a=b&token=(4 bytes)""#);
/// assert_eq!(shown("QUERY_STRING", "a=b&next=%2F%3Ftoken%3Dopen"), r#""a=b&next=(18 bytes)""#);
/// assert_eq!(shown("Host", "a.example"), r#""a.example""#);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Redacted<'v>(Shown<'v>);

#[derive(Clone, PartialEq, Eq)]
enum Shown<'v> {
    All(Value<'v>),
    Part(Vec<u8>),
    Length(usize),
}

impl<'v> Redacted<'v> {
    /// Takes the secrets out of the value of a field or a variable with this name.
    #[must_use]
    pub fn new(name: impl AsRef<[u8]>, value: impl Into<Value<'v>>) -> Self {
        let (name, value) = (name.as_ref(), value.into());
        let bytes = value.as_bytes();
        if !is_secret(name) {
            let is_one = |ends: &[&[u8]]| ends.iter().any(|end| ends_with(name, end));
            let part = if is_one(&URLS) {
                without_url_secrets(bytes)
            } else if is_one(&DECODED_PATHS) {
                without_decoded_secrets(bytes)
            } else if ends_with(name, b"QUERY_STRING") {
                without_parameters(b"", bytes)
            } else {
                without_passwords(bytes)
            };
            return Self(part.map_or(Shown::All(value), Shown::Part));
        }
        let has_names = || bytes.contains(&b'=') || bytes.contains(&b';');
        let part = match field_of(name) {
            name if is_same(name, b"SET_COOKIE") => has_names().then(|| without_cookies(bytes, 1)),
            name if is_same(name, b"COOKIE") => {
                has_names().then(|| without_cookies(bytes, usize::MAX))
            }
            name if is_same(name, b"AUTHORIZATION") => without_credentials(bytes),
            name if is_same(name, b"PROXY_AUTHORIZATION") => without_credentials(bytes),
            _ => None,
        };
        Self(part.map_or(Shown::Length(bytes.len()), Shown::Part))
    }

    /// Returns the value without quotes and escapes.
    ///
    /// ```
    /// use wsgi_headers::Redacted;
    ///
    /// assert_eq!(&*Redacted::new("shop.password", "opensesame").to_bytes(), b"(10 bytes)");
    /// assert_eq!(&*Redacted::new("shop.name", b"caf\xe9").to_bytes(), b"caf\xe9");
    /// ```
    #[must_use]
    pub fn to_bytes(&self) -> Cow<'_, [u8]> {
        match &self.0 {
            Shown::All(value) => value.as_bytes().into(),
            Shown::Part(part) => part.into(),
            Shown::Length(length) => format!("({length} bytes)").into_bytes().into(),
        }
    }
}

/// Writes a quoted string, as the `Debug` form of a [`Value`] does, or a length.
impl fmt::Debug for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Shown::All(value) => value.fmt(f),
            Shown::Part(part) => Value::new(part).fmt(f),
            Shown::Length(length) => write!(f, "({length} bytes)"),
        }
    }
}

/// The name of the field that a variable stands for.
fn field_of(name: &[u8]) -> &[u8] {
    let mut name = name;
    while let Some(rest) = name.strip_prefix(b"REDIRECT_") {
        name = rest;
    }
    name.strip_prefix(b"HTTP_").unwrap_or(name)
}

/// The scheme of credentials (RFC 9110, section 11.4), if there is one.
fn without_credentials(value: &[u8]) -> Option<Vec<u8>> {
    let end = value.iter().position(|&byte| byte == b' ')?;
    let (scheme, rest) = value.split_at(end);
    let mut shown = Vec::new();
    if is_token(scheme) && scheme.len() <= LONGEST_SCHEME {
        shown.extend_from_slice(scheme);
        shown.push(b' ');
        push_length(&mut shown, trim_start(rest));
    }
    (!shown.is_empty()).then_some(shown)
}

/// A list of cookies and attributes (RFC 6265, section 4). The first ones are cookies.
fn without_cookies(value: &[u8], cookies: usize) -> Vec<u8> {
    let mut shown = Vec::new();
    for (index, part) in value.split(|&byte| byte == b';').enumerate() {
        if index > 0 {
            shown.push(b';');
        }
        let trimmed = trim_start(part);
        shown.extend_from_slice(&part[..part.len() - trimmed.len()]);
        match trimmed.iter().position(|&byte| byte == b'=') {
            _ if trimmed.is_empty() => {}
            _ if index >= cookies && is_attribute(trimmed) => shown.extend_from_slice(trimmed),
            Some(equals) if index < cookies && !is_padded(trimmed, equals) => {
                shown.extend_from_slice(&trimmed[..=equals]);
                push_length(&mut shown, &trimmed[equals + 1..]);
            }
            _ => push_length(&mut shown, trimmed),
        }
    }
    shown
}

/// Whether the equals signs are the padding of a value in Base64 without a name.
fn is_padded(cookie: &[u8], equals: usize) -> bool {
    cookie.len().is_multiple_of(4) && cookie[equals..].iter().all(|&byte| byte == b'=')
}

/// Whether a part is a known attribute. One with another comma than that of a date may have the
/// next cookie in it, as fields can be joined by commas.
fn is_attribute(part: &[u8]) -> bool {
    let (name, value) = split_at_byte(part, b'=');
    if !ATTRIBUTES
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
    {
        return false;
    }
    let (before, after) = split_at_byte(value, b',');
    let is_date = || {
        let is_of_date = |byte: &u8| byte.is_ascii_alphanumeric() || b" -:+".contains(byte);
        name.eq_ignore_ascii_case(b"Expires")
            && before.iter().all(u8::is_ascii_alphabetic)
            && trim_start(after).first().is_some_and(u8::is_ascii_digit)
            && after.iter().all(is_of_date)
    };
    !value.contains(&b',') || is_date()
}

/// The bytes before the first one like this, and those after it.
fn split_at_byte(bytes: &[u8], wanted: u8) -> (&[u8], &[u8]) {
    let mut parts = bytes.splitn(2, |&byte| byte == wanted);
    let mut next = || parts.next().unwrap_or_default();
    (next(), next())
}

#[cfg(test)]
mod tests;
