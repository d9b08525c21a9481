//! Values without their secrets.

use std::{borrow::Cow, fmt, io::Write};

use crate::{
    octets::{is_token, trim_start},
    secret::{ends_with, is_same, is_secret},
    value::Value,
};

/// The longest name of a scheme in `Authorization` that is shown, in bytes. A longer one may be a
/// secret in its place.
const LONGEST_SCHEME: usize = 20;

/// The ends of the names of variables and fields with a URL or a query.
const URLS: [&[u8]; 5] = [
    b"LOCATION",
    b"QUERY_STRING",
    b"RAW_URI",
    b"REFERER",
    b"REQUEST_URI",
];

/// The value of a field or a variable without secrets, for a page or a log.
///
/// In place of a secret stands its length. Shown are the scheme of an `Authorization`, the names of
/// cookies, and the attributes of a `Set-Cookie`. In a query, the parameters whose names [speak of
/// a secret](is_secret) are secrets. Of other variables and fields with such names, the whole value
/// is one.
///
/// ```
/// use wsgi_headers::Redacted;
///
/// let shown = |name, value: &'static str| format!("{:?}", Redacted::new(name, value));
/// assert_eq!(shown("X-Api-Key", "opensesame"), "(10 bytes)");
/// assert_eq!(shown("Authorization", "Bearer opensesame"), r#""Bearer (10 bytes)""#);
/// assert_eq!(shown("Set-Cookie", "id=open; Secure"), r#""id=(4 bytes); Secure""#);
/// assert_eq!(shown("QUERY_STRING", "a=b&token=open"), r#""a=b&token=(4 bytes)""#);
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
        if URLS.iter().any(|end| ends_with(name, end)) {
            return Self(
                match without_parameters(bytes, ends_with(name, b"QUERY_STRING")) {
                    Some(part) => Shown::Part(part),
                    None => Shown::All(value),
                },
            );
        }
        if !is_secret(name) {
            return Self(Shown::All(value));
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
        match part.iter().position(|&byte| byte == b'=') {
            _ if index >= cookies => shown.extend_from_slice(part),
            Some(equals) => {
                shown.extend_from_slice(&part[..=equals]);
                push_length(&mut shown, &part[equals + 1..]);
            }
            None => push_length(&mut shown, part),
        }
    }
    shown
}

/// A URL or a query without the values of secret parameters, also in a fragment, where OAuth puts
/// some. `None` if it has none.
fn without_parameters(value: &[u8], is_query: bool) -> Option<Vec<u8>> {
    let mark = value.iter().position(|byte| b"?#".contains(byte));
    let start = if is_query { 0 } else { mark? + 1 };
    let (mut shown, mut has_secrets) = (value[..start].to_vec(), false);
    let is_end = |byte: &u8| matches!(byte, b'&' | b';' | b'#' | b'?');
    for pair in value[start..].split_inclusive(is_end) {
        let (pair, end) = match pair {
            [pair @ .., end] if is_end(end) => (pair, Some(*end)),
            _ => (pair, None),
        };
        match pair.iter().position(|&byte| byte == b'=') {
            Some(equals) if is_secret(&pair[..equals]) => {
                has_secrets = true;
                shown.extend_from_slice(&pair[..=equals]);
                push_length(&mut shown, &pair[equals + 1..]);
            }
            _ => shown.extend_from_slice(pair),
        }
        shown.extend(end);
    }
    has_secrets.then_some(shown)
}

fn push_length(shown: &mut Vec<u8>, secret: &[u8]) {
    // A vector takes all that is written.
    let _ = write!(shown, "({} bytes)", secret.len());
}

#[cfg(test)]
mod tests {
    use super::Redacted;

    #[track_caller]
    fn check(name: &str, value: impl AsRef<[u8]>, expected: &str) {
        let value = value.as_ref();
        assert_eq!(format!("{:?}", Redacted::new(name, value)), expected);
    }

    #[test]
    fn credentials_have_a_scheme() {
        for name in [
            "authorization",
            "Proxy-Authorization",
            "HTTP_AUTHORIZATION",
            "REDIRECT_REDIRECT_HTTP_AUTHORIZATION",
        ] {
            check(name, "Basic YTpi", "\"Basic (4 bytes)\"");
            check(name, "Digest a=\"b\", c=d", "\"Digest (10 bytes)\"");
            check(name, "opensesame", "(10 bytes)");
            check(name, "open,sesame now", "(15 bytes)");
            check(name, "opensesameopensesame1 now", "(25 bytes)");
            check(name, " now", "(4 bytes)");
            check(name, "", "(0 bytes)");
        }
        check("X-Authorization", "Basic YTpi", "(10 bytes)");
    }

    #[test]
    fn cookies_have_names_and_attributes() {
        let set = "id=open; Path=/; Secure";
        check("Set-Cookie", set, "\"id=(4 bytes); Path=/; Secure\"");
        check("set-cookie", "open=", "\"open=(0 bytes)\"");
        check("Set-Cookie", "open", "(4 bytes)");
        check("HTTP_COOKIE", "a=b=c; d=e", "\"a=(3 bytes); d=(1 bytes)\"");
        check("Cookie", "a=b;open", "\"a=(1 bytes);(4 bytes)\"");
        check("REDIRECT_HTTP_COOKIE", b"\xff=a", "\"\\xff=(1 bytes)\"");
        check("X-Cookie", "a=b", "(3 bytes)");
    }

    #[test]
    fn queries_have_secret_parameters() {
        let query = "a=b&access_token=open&c";
        check("QUERY_STRING", query, "\"a=b&access_token=(4 bytes)&c\"");
        check("REDIRECT_QUERY_STRING", "token=", "\"token=(0 bytes)\"");
        check("QUERY_STRING", "keyword=tea", "\"keyword=tea\"");
        check(
            "REQUEST_URI",
            "/token=a?pass=b",
            "\"/token=a?pass=(1 bytes)\"",
        );
        check("REQUEST_URI", "/token=a", "\"/token=a\"");
        check(
            "Referer",
            "http://a/?jwt=b#c",
            "\"http://a/?jwt=(1 bytes)#c\"",
        );
        check("Location", "/?a#token=b", "\"/?a#token=(1 bytes)\"");
        check("Location", "/#token=b", "\"/#token=(1 bytes)\"");
        check("PATH_INFO", "/?token=a", "\"/?token=a\"");
    }
}
