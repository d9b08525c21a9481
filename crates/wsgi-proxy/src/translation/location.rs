//! The fields `Location` and `Content-Location`.

use super::{Translation, known_hosts::Meaning};
use crate::encoded_path::push_escape;

impl Translation<'_> {
    /// The URL of the client for one of the upstream server; `None` for every other one.
    ///
    /// Usually it is a path. That of the base is gone, so what follows must not be read as a host.
    /// Backslashes and control characters are therefore encoded: no URL has them, but browsers take
    /// the first for slashes, and leave some of the others out (WHATWG URL, "basic URL parser").
    pub(super) fn location(&self, url: &[u8]) -> Option<Vec<u8>> {
        let (scheme, rest) = split_scheme(url);
        let (origin, path): (&[u8], &[u8]) = match rest.strip_prefix(b"//") {
            Some(rest) => {
                let (authority, path) = split_before(rest, b"/?#");
                match self.hosts.meaning(scheme, authority)? {
                    Meaning::Path => (b"", path),
                    Meaning::OtherScheme => (&url[..url.len() - path.len()], path),
                }
            }
            None if rest.starts_with(b"/") => (b"", rest),
            None => return None, // relative to the request's path
        };
        let (path, after) = split_before(path, b"?#");
        let path = self.path(&without_traps(path))?;
        let mut translated = origin.to_vec();
        if origin.is_empty() && path.starts_with(b"//") {
            translated.extend_from_slice(b"/."); // or a host would follow (RFC 3986 section 4.2)
        }
        translated.extend_from_slice(&path);
        translated.extend_from_slice(after);
        (translated != url).then_some(translated)
    }
}

/// Splits off the scheme of a URL with a host.
fn split_scheme(url: &[u8]) -> (Option<&'static str>, &[u8]) {
    for scheme in ["http", "https"] {
        let Some((start, rest)) = url.split_at_checked(scheme.len()) else {
            break;
        };
        if start.eq_ignore_ascii_case(scheme.as_bytes()) && rest.starts_with(b"://") {
            return (Some(scheme), &rest[1..]);
        }
    }
    (None, url)
}

/// Splits before the first of some bytes.
fn split_before<'a>(text: &'a [u8], ends: &[u8]) -> (&'a [u8], &'a [u8]) {
    let end = text.iter().position(|byte| ends.contains(byte));
    text.split_at(end.unwrap_or(text.len()))
}

/// A path without the characters that browsers do not take as they are.
fn without_traps(path: &[u8]) -> Vec<u8> {
    let mut safe = Vec::with_capacity(path.len());
    for &byte in path {
        match byte == b'\\' || byte.is_ascii_control() {
            true => push_escape(&mut safe, byte),
            false => safe.push(byte),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wsgi_environ::Environ;

    use super::super::{Translation, tests::Way};
    use crate::upstream::Upstream;

    #[test]
    fn locations_beneath_the_base_become_those_beneath_the_mount() {
        let way = Way::new("http://127.0.0.1:5000/base", "/app");
        for (location, expected) in [
            ("http://127.0.0.1:5000/base/a?b#c", "/app/a?b#c"),
            ("HTTP://127.0.0.1:5000/base", "/app"),
            ("http://127.0.0.1:5000/base?b", "/app?b"),
            ("//127.0.0.1:5000/base/", "/app/"),
            ("http://app/base/a", "/app/a"),
            ("http://app:80/base/a", "/app/a"),
            ("https://front.example/base/a", "/app/a"),
            ("https://front.example:443/base/a", "/app/a"),
            ("http://FRONT.example/base/a", "/app/a"),
            ("/base/a", "/app/a"),
            ("/base//a", "/app//a"),
        ] {
            way.check("Location", location, expected);
            way.check("content-location", location, expected);
            way.check("X-Location", location, location);
        }
    }

    #[test]
    fn other_locations_stay() {
        let way = Way::new("http://127.0.0.1:5000/base", "/app");
        for location in [
            "http://127.0.0.1:5001/base/a",
            "http://127.0.0.1/base/a",
            "http://other.example/base/a",
            "http://127.0.0.1:5000@other.example/base/a",
            "http://127.0.0.1:5000\\@other.example/base/a",
            "http://127.0.0.1:5000/other",
            "http://127.0.0.1:5000/based",
            "ftp://127.0.0.1:5000/base/a",
            "//other.example/base/a",
            "http:/base/a",
            "https:/base/a",
            "http:",
            "/other",
            "/based",
            "/base/../a",
            "/base/%2e%2e/a",
            "/base/..\\a",
            "a/b",
            "?a",
            "#a",
            "",
        ] {
            way.check("Location", location, location);
        }
    }

    #[test]
    fn base_and_mount_may_be_empty() {
        let check = |base, mount, location: &str, expected: &str| {
            Way::new(base, mount).check("Location", location, expected);
        };
        let location = "http://127.0.0.1:5000/a";
        check("http://127.0.0.1:5000", "", location, "/a");
        check("http://127.0.0.1:5000", "/app", location, "/app/a");
        check("http://127.0.0.1:5000/a", "", location, "/");
        let location = "http://127.0.0.1:5000";
        check(location, "/app", location, "/app");
        check(location, "", "http://127.0.0.1:5000?a", "/?a");
    }

    #[test]
    fn bytes_that_are_not_utf_8_stay() {
        let way = Way::new("http://127.0.0.1:5000/base", "/app");
        let location = b"http://127.0.0.1:5000/base/caf\xe9?\xff";
        way.check("Location", location, b"/app/caf\xe9?\xff");
        way.check("Location", b"/base/\xe9", b"/app/\xe9");
        way.check("Location", b"http://\xe9/base/", b"http://\xe9/base/");
    }

    #[test]
    fn no_path_becomes_a_host() {
        for (path, at_root, at_mount) in [
            ("//evil.example/", "/.//evil.example/", "/a//evil.example/"),
            (
                "///evil.example/",
                "/.///evil.example/",
                "/a///evil.example/",
            ),
            (
                "/%2fevil.example/",
                "/%2fevil.example/",
                "/a/%2fevil.example/",
            ),
            (
                "/\\evil.example/",
                "/%5Cevil.example/",
                "/a/%5Cevil.example/",
            ),
            (
                "/\\/evil.example/",
                "/%5C/evil.example/",
                "/a/%5C/evil.example/",
            ),
            (
                "/\t/evil.example/",
                "/%09/evil.example/",
                "/a/%09/evil.example/",
            ),
            (
                "/\t\\evil.example/",
                "/%09%5Cevil.example/",
                "/a/%09%5Cevil.example/",
            ),
            ("/ /evil.example/", "/ /evil.example/", "/a/ /evil.example/"),
            ("/.\t./x", "/.%09./x", "/a/.%09./x"),
        ] {
            for (base, mount, expected) in [
                ("/base", "", at_root),
                ("/base", "/a", at_mount),
                ("", "", at_root),
                ("", "/a", at_mount),
            ] {
                let url = match base {
                    "" => "http://127.0.0.1:5000",
                    _ => "http://127.0.0.1:5000/base",
                };
                let way = Way::new(url, mount);
                for origin in ["http://127.0.0.1:5000", "//app", ""] {
                    let location = format!("{origin}{base}{path}");
                    match location.starts_with("//evil") || location.starts_with("///evil") {
                        // The upstream server itself has named a host.
                        true => way.check("Location", &location, &location),
                        false => way.check("Location", &location, expected),
                    }
                }
            }
        }
    }

    /// The host of a URL, as a browser finds it (WHATWG URL, "basic URL parser").
    fn host(url: &[u8]) -> Option<Vec<u8>> {
        let blank = |byte: &u8| *byte <= b' ';
        let start = url.iter().position(|byte| !blank(byte))?;
        let left: Vec<u8> = url[start..]
            .iter()
            .filter(|byte| !b"\t\r\n".contains(byte))
            .map(|&byte| if byte == b'\\' { b'/' } else { byte })
            .collect();
        let rest = left.strip_prefix(b"//")?;
        let rest = &rest[rest.iter().take_while(|&&byte| byte == b'/').count()..];
        Some(super::split_before(rest, b"/?#").0.to_vec())
    }

    proptest! {
        #[test]
        fn what_is_translated_has_no_host(
            origin in "(http://up|//up|https://front.example)?",
            base in "(/base)?",
            path in "[/\\\\a. \t%5c2f?#@:]{0,10}",
            mount in "(/app)?",
        ) {
            let upstream = Upstream::parse(&format!("http://up{base}")).unwrap();
            let mut environ = Environ::new();
            environ.set("HTTP_HOST", "front.example");
            environ.set_url_scheme("https");
            let translation = Translation::new(&upstream, &mount, &environ, b"up");
            let location = format!("{origin}{base}{path}");
            if let Some(translated) = translation.location(location.as_bytes()) {
                prop_assert!(translated.starts_with(b"/"), "{location:?}");
                prop_assert_eq!(host(&translated), None, "{:?}", location);
            }
        }
    }
}
