//! The token of bearer authentication.

use wsgi_environ::Environ;

const SCHEME: &[u8] = b"Bearer ";

/// Returns the token in `HTTP_AUTHORIZATION` (RFC 6750 section 2.1), which programs send to a
/// service in place of a user and a password. `None` if there is none.
///
/// The scheme is `Bearer` in any case. The token has letters, digits, `-`, `.`, `_`, `~`, `+` and
/// `/`, and perhaps `=` at its end. Anything else is `None`, such as two tokens.
///
/// Nobody has checked the token yet. Compare it with `constant_time_eq` (feature `basic-auth` or
/// `digest-auth`), or look up its hash. If it is wrong, answer with 401 and the field
/// `WWW-Authenticate: Bearer` (section 3).
///
/// ```
/// # #[cfg(any(feature = "basic-auth", feature = "digest-auth"))] {
/// use wsgi_application::{Environ, Result, StartResponse, Status};
/// use wsgi_middleware::{bearer_token, constant_time_eq};
/// use wsgi_testing::Request;
///
/// fn prices(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
///     if !bearer_token(environ).is_some_and(|token| constant_time_eq(token, "mF_9.B5f-4.1JqM")) {
///         start_response.start(Status::UNAUTHORIZED, [("WWW-Authenticate", "Bearer")])?;
///         return Ok("Which token?\n".into());
///     }
///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
///     Ok("tea: 3\n".into())
/// }
///
/// let request = Request::get("/").header("Authorization", "Bearer mF_9.B5f-4.1JqM");
/// assert_eq!(request.call(&prices).text(), "tea: 3\n");
/// assert_eq!(Request::get("/").call(&prices).status().code(), 401);
/// # }
/// ```
#[must_use]
pub fn bearer_token(environ: &Environ) -> Option<&str> {
    let value = environ.get("HTTP_AUTHORIZATION")?.to_str().ok()?;
    let (scheme, rest) = value.split_at_checked(SCHEME.len())?;
    let token = rest.trim_matches(' ');
    (scheme.as_bytes().eq_ignore_ascii_case(SCHEME) && is_token(token)).then_some(token)
}

/// Whether it is a `b64token`.
fn is_token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    !body.is_empty() && body.bytes().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: impl AsRef<[u8]>, token: Option<&str>) {
        let mut environ = Environ::new();
        environ.set("HTTP_AUTHORIZATION", value);
        assert_eq!(bearer_token(&environ), token);
    }

    #[test]
    fn the_token_is_what_follows_the_scheme() {
        check("Bearer mF_9.B5f-4.1JqM", Some("mF_9.B5f-4.1JqM"));
        check("bearer abc", Some("abc"));
        check("BEARER a~b+c/d==", Some("a~b+c/d=="));
        check("Bearer   abc", Some("abc"));
        assert_eq!(bearer_token(&Environ::new()), None);
    }

    #[test]
    fn anything_else_is_no_token() {
        for value in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer  ",
            "Bearer =",
            "Bearerabc",
            "Bearer\tabc",
            "Bearer a b",
            "Bearer a, Bearer b",
            "Bearer a=b",
            "Bearer \"abc\"",
            "Bearer caf\u{e9}",
            "Bear\u{e9}r abc",
            "Basic YWRhOnNlc2FtZQ==",
        ] {
            check(value, None);
        }
        check(b"Bearer \xff", None);
    }
}
