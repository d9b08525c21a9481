//! Credentials of Basic authentication, and the challenge that asks for them.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use wsgi_environ::Environ;

use crate::auth::realm::quoted;

/// The longest `Authorization` value that is decoded, in bytes.
const LONGEST: usize = 4096;

/// The user and password of a request with Basic authentication (RFC 7617).
///
/// They have not been checked. The `Debug` form does not show the password.
///
/// ```
/// use wsgi_environ::Environ;
/// use wsgi_middleware::Credentials;
///
/// let mut environ = Environ::new();
/// environ.set("HTTP_AUTHORIZATION", "basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
/// let credentials = Credentials::of(&environ).unwrap();
/// assert_eq!(credentials.user(), "Aladdin");
/// assert_eq!(credentials.password(), "open sesame");
/// assert_eq!(format!("{credentials:?}"), r#"Credentials { user: "Aladdin", .. }"#);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    text: String,
    /// The position of the colon.
    colon: usize,
}

impl Credentials {
    /// Returns the credentials in `HTTP_AUTHORIZATION`, or `None` if there are none.
    #[must_use]
    pub fn of(environ: &Environ) -> Option<Self> {
        Self::parse(environ.get("HTTP_AUTHORIZATION")?)
    }

    /// Parses the value of an `Authorization` field.
    ///
    /// The scheme is `Basic` in any case, followed by standard base64 with padding. Decoded, it
    /// must be UTF-8 with a colon after the user and without control characters (RFC 7617 section
    /// 2). Anything else, or more than 4096 bytes, is `None`.
    ///
    /// ```
    /// use wsgi_middleware::Credentials;
    ///
    /// assert!(Credentials::parse("Basic ZGVtbzpkZW1v").is_some());
    /// assert!(Credentials::parse("Bearer ZGVtbzpkZW1v").is_none());
    /// ```
    #[must_use]
    pub fn parse(value: impl AsRef<[u8]>) -> Option<Self> {
        let value = value.as_ref();
        if value.len() > LONGEST {
            return None;
        }
        let (scheme, rest) = value.split_at_checked("Basic ".len())?;
        if !scheme.eq_ignore_ascii_case(b"Basic ") {
            return None;
        }
        let text = STANDARD.decode(rest.trim_ascii()).ok()?;
        let text = String::from_utf8(text).ok()?;
        let colon = text.find(':')?;
        if text.chars().any(char::is_control) {
            return None;
        }
        Some(Self { text, colon })
    }

    /// Returns the user: everything before the first colon. May be empty.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.text[..self.colon]
    }

    /// Returns the password: everything after the first colon. May be empty.
    #[must_use]
    pub fn password(&self) -> &str {
        &self.text[self.colon + 1..]
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("user", &self.user())
            .finish_non_exhaustive()
    }
}

/// Returns the value of a `WWW-Authenticate` field that asks for a user and a password in UTF-8
/// (RFC 7617 section 2.1).
///
/// The realm is quoted as necessary. Control characters in it become spaces.
///
/// ```
/// use wsgi_middleware::challenge;
///
/// assert_eq!(challenge("The \"Cave\""), r#"Basic realm="The \"Cave\"", charset="UTF-8""#);
/// ```
#[must_use]
pub fn challenge(realm: &str) -> String {
    format!("Basic realm={}, charset=\"UTF-8\"", quoted(realm))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(scheme: &str, text: &[u8]) -> String {
        format!("{scheme}{}", STANDARD.encode(text))
    }

    #[track_caller]
    fn check(value: &str, user: &str, password: &str) {
        let credentials = Credentials::parse(value).expect("credentials");
        assert_eq!(
            (credentials.user(), credentials.password()),
            (user, password)
        );
    }

    #[test]
    fn the_user_ends_at_the_first_colon() {
        check(&encoded("Basic ", b"ada:a:b"), "ada", "a:b");
        check(&encoded("Basic ", b":"), "", "");
    }

    #[test]
    fn the_vectors_of_rfc_7617_are_read() {
        check(
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
            "Aladdin",
            "open sesame",
        );
        check("Basic dGVzdDoxMjPCow==", "test", "123\u{a3}");
    }

    #[test]
    fn the_scheme_may_be_in_any_case_and_spaces_may_surround_the_rest() {
        check(&encoded("bAsIC   ", b"a:b"), "a", "b");
        check(&format!("{} ", encoded("BASIC ", b"a:b")), "a", "b");
    }

    #[test]
    fn anything_else_is_refused() {
        for value in [
            String::new(),
            "Basic".to_owned(),
            "Basic ".to_owned(),
            "Basicx ".to_owned(),
            "Basic !!!!".to_owned(),
            "Basic YTpi YTpi".to_owned(),
            "Basic YTp".to_owned(), // without its padding
            encoded("Digest ", b"a:b"),
            encoded("Basic ", b"no colon"),
            encoded("Basic ", b"caf\xe9:b"),
            encoded("Basic ", b"a:b\n"),
            encoded("Basic ", b"a\0:b"),
            encoded("Basic ", &[b':'; LONGEST]),
        ] {
            assert_eq!(Credentials::parse(&value), None, "{value:?}");
        }
    }

    #[test]
    fn a_realm_cannot_leave_its_quotes() {
        assert_eq!(
            challenge("a\\\"\r\nSet-Cookie: x"),
            "Basic realm=\"a\\\\\\\"  Set-Cookie: x\", charset=\"UTF-8\""
        );
    }
}
