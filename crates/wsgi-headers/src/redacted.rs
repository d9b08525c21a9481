//! Values without their secrets.

use std::{borrow::Cow, fmt};

use crate::{
    octets::{is_token, trim_start},
    secret::{ends_with, is_same, is_secret},
    url_secrets::{push_length, without_parameters, without_url_secrets},
    value::Value,
};

/// The longest name of a scheme in `Authorization` that is shown, in bytes. A longer one may be a
/// secret in its place.
const LONGEST_SCHEME: usize = 20;

/// The ends of the names of variables and fields with a URL or a query.
const URLS: [&[u8]; 5] = [b"LOCATION", b"QUERY_STRING", b"REFERER", b"_URI", b"_URL"];

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
/// In a query and a fragment, the parameters with such names are secrets, and in a URL, also the
/// password of a user, but not a user without a password. Looked at are variables and fields whose
/// names end with `LOCATION`, `QUERY_STRING`, `REFERER`, `_URI` or `_URL`. A parameter is a secret
/// as a whole if its value is a URL with a password, or an encoded URL or query with a secret.
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
            let part = match URLS.iter().find(|end| ends_with(name, end)) {
                Some(&b"QUERY_STRING") => without_parameters(b"", bytes),
                Some(_) => without_url_secrets(bytes),
                None => None,
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
mod tests {
    use proptest::prelude::*;

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
        check("Cookie", "a=b; ", "\"a=(1 bytes); \"");
    }

    #[test]
    fn other_parts_of_a_cookie_are_secrets() {
        for (value, expected) in [
            ("a=b; Path=/, session=open", "a=(1 bytes); (20 bytes)"),
            ("a=b; Secure, session=open", "a=(1 bytes); (20 bytes)"),
            (
                "a=b; Expires=Wed, 09 Jun 2027 10:18:14 GMT, session=open",
                "a=(1 bytes); (51 bytes)",
            ),
            ("a=b; Expires=0, 1=open", "a=(1 bytes); (17 bytes)"),
            ("a=b; Expires=0, open", "a=(1 bytes); (15 bytes)"),
            ("id=\"open;sesame\"", "id=(5 bytes);(7 bytes)"),
            (
                "a=b; session=open; open",
                "a=(1 bytes); (12 bytes); (4 bytes)",
            ),
            ("b3BlbnNlc2FtZQ==", "(16 bytes)"),
            ("b3BlbnNlc2FtZXM=; Secure", "(16 bytes); Secure"),
            ("=open", "=(4 bytes)"),
        ] {
            check("Set-Cookie", value, &format!("{expected:?}"));
        }
        for attributes in [
            "; Expires=Wed, 09 Jun 2027 10:18:14 GMT; max-age=60; SECURE; HttpOnly",
            ";Domain=a.example;Path=/a=b;SameSite=None; Partitioned;",
            "; Expires=Wednesday, 09-Jun-27 10:18:14 GMT",
            "; Expires=Wed Jun  9 10:18:14 2027",
        ] {
            let expected = format!("\"a=(1 bytes){attributes}\"");
            check("Set-Cookie", format!("a=b{attributes}"), &expected);
        }
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
        check("QUERY_STRING", "?PWD=a", "\"?PWD=(1 bytes)\"");
        check("QUERY_STRING", "tok%65n=a", "\"tok%65n=(1 bytes)\"");
        check(
            "QUERY_STRING",
            "%74oken%=a&%4=%",
            "\"%74oken%=(1 bytes)&%4=%\"",
        );
        for name in [
            "HTTP_X_ORIGINAL_URL",
            "X-Original-URI",
            "X-Forwarded-Uri",
            "RAW_URI",
        ] {
            check(name, "/?token=a", "\"/?token=(1 bytes)\"");
        }
    }

    #[test]
    fn a_url_may_have_a_password() {
        for (url, expected) in [
            (
                "https://u:open@a.example/",
                "https://u:(4 bytes)@a.example/",
            ),
            (
                "redis://:open@a:1/?token=b",
                "redis://:(4 bytes)@a:1/?token=(1 bytes)",
            ),
            ("//u:o@p:en@a?b#c", "//u:(6 bytes)@a?b#c"),
            ("https://u@a.example:1/@", "https://u@a.example:1/@"),
            ("https://a.example/b:c@d", "https://a.example/b:c@d"),
            ("/a//b:c@d", "/a//b:c@d"),
            ("/", "/"),
            ("//", "//"),
        ] {
            check("Location", url, &format!("{expected:?}"));
        }
        check("DATABASE_URL", "pg://u:open@a", "\"pg://u:(4 bytes)@a\"");
    }

    #[test]
    fn a_url_in_a_url_may_have_secrets() {
        for (url, expected) in [
            ("/?a=b&next=https://u:open@a/&c", "/?a=b&next=(17 bytes)&c"),
            ("/?next=https://u:o;p@a/", "/?next=(16 bytes)"),
            ("/?next=https%3A%2F%2Fu%3Aopen%40a", "/?next=(26 bytes)"),
            ("/?next=%2Fb%3Ftoken%3Dopen#c", "/?next=(21 bytes)"),
            ("/?next=%252Fb%253Ftoken%253Dopen", "/?next=(25 bytes)"),
            ("/?next=%2525252525252525", "/?next=(17 bytes)"),
            ("/?state=a%3Db%26token%3Dopen", "/?state=(20 bytes)"),
            ("/?https://u:open@a/", "/?(17 bytes)"),
            ("/#https://u:open@a/", "/#(17 bytes)"),
            ("/get/https://u:open@a/b", "/get/https://u:(4 bytes)@a/b"),
            ("//a//b//https://u:open@c", "//a//b//https://u:(4 bytes)@c"),
            (
                "http://u:o@a/http://u:p@b",
                "http://u:(1 bytes)@a/http://u:(1 bytes)@b",
            ),
            ("/get/https%3A%2F%2Fu%3Aopen%40a", "(31 bytes)"),
            ("https://u:open@a/s%3A%2F%2Fu:sesame@", "(36 bytes)"),
            // Without secrets, all is shown.
            ("/?next=/b?c=d", "/?next=/b?c=d"),
            (
                "/?next=https%3A%2F%2Fa%2F%3Fpage%3D2",
                "/?next=https%3A%2F%2Fa%2F%3Fpage%3D2",
            ),
            ("/?q=100%&r=caf%C3%A9", "/?q=100%&r=caf%C3%A9"),
            ("/caf%C3%A9", "/caf%C3%A9"),
            ("/?next=/b?token=open", "/?next=/b?token=(4 bytes)"),
        ] {
            check("Location", url, &format!("{expected:?}"));
        }
    }

    #[test]
    fn a_secret_may_have_a_name_that_ends_like_that_of_a_url() {
        for name in ["SECRET_LOCATION", "X_TOKEN_QUERY_STRING", "COOKIE_URL"] {
            check(name, "open", "(4 bytes)");
        }
    }

    const FIELDS: [&str; 4] = ["Authorization", "Location", "QUERY_STRING", "Set-Cookie"];

    const BYTES: &[u8] = b"ap:/?#@&;=,% 24\xff";

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_or_show_a_password(
            bytes in prop::collection::vec(prop::sample::select(BYTES), 0..30),
        ) {
            for name in FIELDS {
                let _ = Redacted::new(name, &bytes).to_bytes();
            }
            for start in ["//u:open@", "//a:b@/s%3A%2F%2Fu%3Aopen%40", "/?a=http://u:open@", "/?a=%2F%2Fu%3Aopen%40"] {
                let url = [start.as_bytes(), &bytes].concat();
                let shown = Redacted::new("Location", &url).to_bytes().into_owned();
                prop_assert!(!shown.windows(4).any(|window| window == b"open"));
            }
        }
    }
}
