//! Header fields that keep a visitor's pages out of shared caches. A shared cache may store a
//! response together with its `Set-Cookie` (RFC 9111 section 7.3).

use wsgi_headers::{Headers, InvalidHeader};

use crate::members::{list, members};
#[cfg(feature = "sessions")]
use crate::vary::vary_by;

/// Says in `Vary` that the response depends on the request's `Cookie` (RFC 9110 section 12.5.5).
#[cfg(feature = "sessions")]
pub(crate) fn vary_by_cookie(headers: &mut Headers) -> Result<(), InvalidHeader> {
    vary_by(headers, "Cookie")
}

/// Makes a response private, unless it says itself whether shared caches may store it.
#[cfg(feature = "sessions")]
pub(crate) fn be_private_by_default(headers: &mut Headers) -> Result<(), InvalidHeader> {
    if directives(headers).any(is_shared) || is_never_stored(headers) {
        return Ok(());
    }
    be_private(headers)
}

/// Makes a response private in any case (RFC 9111 section 5.2.2).
pub(crate) fn be_private(headers: &mut Headers) -> Result<(), InvalidHeader> {
    headers.retain(|name, _value| !is_targeted(name));
    if is_never_stored(headers) {
        return Ok(());
    }
    let others = directives(headers).filter(|directive| !is_shared(directive));
    // It comes first, so that a malformed directive before it cannot hide it.
    let value = list([&b"private"[..]].into_iter().chain(others));
    headers.set("Cache-Control", value)
}

/// The directives of `Cache-Control`.
pub(crate) fn directives(headers: &Headers) -> impl Iterator<Item = &[u8]> {
    members(headers, "Cache-Control")
}

/// Whether no cache stores the response. A cache that knows `must-understand` may store it in spite
/// of `no-store` (RFC 9111 section 5.2.2.3).
fn is_never_stored(headers: &Headers) -> bool {
    let says = |name| directives(headers).any(|directive| is_named(directive, name));
    says("no-store") && !says("must-understand")
}

/// Whether some shared caches obey this field instead of `Cache-Control`. Its name ends with that
/// (RFC 9213 section 2), or is older than this rule.
pub(crate) fn is_targeted(name: &str) -> bool {
    const ENDING: &[u8] = b"-Cache-Control";
    let name = name.as_bytes();
    let ending = name.len().checked_sub(ENDING.len());
    ending.is_some_and(|start| name[start..].eq_ignore_ascii_case(ENDING))
        || name.eq_ignore_ascii_case(b"Surrogate-Control")
}

/// Whether a directive is about shared caches. That includes a `private` with field names, which
/// lets them store everything else.
fn is_shared(directive: &[u8]) -> bool {
    ["public", "s-maxage", "private"]
        .iter()
        .any(|name| is_named(directive, name))
}

/// Whether a directive has this name, with or without an argument.
pub(crate) fn is_named(directive: &[u8], name: &str) -> bool {
    let end = directive.iter().position(|&byte| byte == b'=');
    let found = &directive[..end.unwrap_or(directive.len())];
    found.trim_ascii_end().eq_ignore_ascii_case(name.as_bytes())
}

#[cfg(all(test, feature = "sessions"))]
mod tests {
    use super::*;

    #[track_caller]
    fn check(change: fn(&mut Headers) -> Result<(), InvalidHeader>, before: &str, after: &str) {
        let fields = before.lines().map(|line| line.split_once(": ").unwrap());
        let mut headers = Headers::from_fields(fields.collect::<Vec<_>>()).unwrap();
        for time in ["once", "twice"] {
            change(&mut headers).unwrap();
            let lines = headers
                .iter()
                .map(|(name, value)| format!("{name}: {value}"));
            let lines = lines.collect::<Vec<_>>().join("\n");
            assert_eq!(lines, after, "{time}, on {before:?}");
        }
    }

    #[test]
    fn vary_names_the_cookie_once() {
        for (before, after) in [
            ("", "Vary: Cookie"),
            ("Vary: Accept-Encoding", "Vary: Accept-Encoding, Cookie"),
            ("vary: A\nVary: B , C", "Vary: A, B, C, Cookie"),
            ("Vary: ,,", "Vary: Cookie"),
            ("Vary: Set-Cookie", "Vary: Set-Cookie, Cookie"),
            ("Vary: a, COOKIE", "Vary: a, COOKIE"),
            ("Vary: a\nVary: cookie", "Vary: a\nVary: cookie"),
            ("Vary: *", "Vary: *"),
            ("Vary: a, *", "Vary: a, *"),
        ] {
            check(vary_by_cookie, before, after);
        }
    }

    #[test]
    fn a_response_with_a_cookie_is_always_private() {
        for (before, after) in [
            ("", "private"),
            ("public", "private"),
            ("PUBLIC, max-age=60", "private, max-age=60"),
            ("s-maxage=600 , max-age=0", "private, max-age=0"),
            ("s-maxage = 600", "private"),
            ("max-age=60", "private, max-age=60"),
            ("no-cache", "private, no-cache"),
            ("private", "private"),
            ("max-age=5, private", "private, max-age=5"),
            ("private=\"Set-Cookie, public\"", "private"),
            (
                "no-cache=\"a, public\", public",
                "private, no-cache=\"a, public\"",
            ),
            (
                "x=\"\\\", public\", s-maxage=1",
                "private, x=\"\\\", public\"",
            ),
            ("x=\\, public", "private, x=\\"),
            ("x=\"open, public", "private, x=\"open"),
            ("no-store", "no-store"),
            ("max-age=0, No-Store", "max-age=0, No-Store"),
            (
                "must-understand, no-store, public",
                "private, must-understand, no-store",
            ),
        ] {
            let [before, after] = [before, after].map(|value| format!("Cache-Control: {value}"));
            check(be_private, &before, &after);
        }
        check(be_private, "", "Cache-Control: private");
        check(
            be_private,
            "Cache-Control: public\ncache-control: max-age=1",
            "Cache-Control: private, max-age=1",
        );
        check(
            be_private,
            "CDN-Cache-Control: max-age=60\nSurrogate-Control: max-age=60\n\
             edge-cache-control: a\nAge: 1",
            "Age: 1\nCache-Control: private",
        );
    }

    #[test]
    fn a_response_without_a_cookie_may_decide_itself() {
        for (before, after) in [
            ("", "private"),
            ("max-age=60", "private, max-age=60"),
            ("no-cache", "private, no-cache"),
            ("public, max-age=60", "public, max-age=60"),
            ("s-maxage=60", "s-maxage=60"),
            ("max-age=5, private", "max-age=5, private"),
            ("no-store", "no-store"),
            (
                "no-store, must-understand",
                "private, no-store, must-understand",
            ),
            (
                "public, no-store, must-understand",
                "public, no-store, must-understand",
            ),
            ("x=\"public\"", "private, x=\"public\""),
        ] {
            let [before, after] = [before, after].map(|value| format!("Cache-Control: {value}"));
            check(be_private_by_default, &before, &after);
        }
        check(be_private_by_default, "", "Cache-Control: private");
        let only_for_cdns = "Cache-Control: no-store\nCDN-Cache-Control: max-age=60";
        check(be_private_by_default, only_for_cdns, only_for_cdns);
    }
}
