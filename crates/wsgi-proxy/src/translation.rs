//! Paths of the upstream server in responses, translated to those of the client.

use wsgi_application::Headers;
use wsgi_environ::{Environ, Value};
use wsgi_headers::InvalidHeader;

use crate::{
    encoded_path::EncodedPath,
    upstream::{Upstream, default_port, split_authority},
};

/// The way back from paths beneath the base to those beneath the mount.
#[derive(Clone, Debug)]
pub(crate) struct Translation<'a> {
    base: &'a str,
    mount: &'a str,
    /// The hosts that stand for the upstream server in a URL: its own, the one that it was asked
    /// for, and the one that the client has asked for.
    hosts: Vec<Host>,
}

/// A host in lower case, and its port unless that is the default of the scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Host(String, Option<u16>);

impl Host {
    fn new(scheme: &str, authority: &str) -> Option<Self> {
        let (host, port) = split_authority(authority)?;
        let port = port.filter(|&port| port != default_port(scheme));
        Some(Self(host.to_ascii_lowercase(), port))
    }
}

impl<'a> Translation<'a> {
    pub(crate) fn new(
        upstream: &'a Upstream,
        mount: &'a str,
        environ: &Environ,
        asked: &[u8],
    ) -> Self {
        let client = environ.host().map(Value::as_bytes).unwrap_or_default();
        let scheme = environ.url_scheme();
        let hosts = [
            Host::new(upstream.scheme, &upstream.authority),
            str::from_utf8(asked)
                .ok()
                .and_then(|host| Host::new(upstream.scheme, host)),
            str::from_utf8(client)
                .ok()
                .and_then(|host| Host::new(scheme, host)),
        ];
        Self {
            base: &upstream.base,
            mount,
            hosts: hosts.into_iter().flatten().collect(),
        }
    }

    /// Translates `Location`, `Content-Location`, and the paths of cookies. The fields keep their
    /// order.
    pub(crate) fn translate(&self, fields: &Headers) -> Result<Headers, InvalidHeader> {
        let mut translated = Headers::with_capacity(fields.len(), 1024);
        for (name, value) in fields {
            let is_location = ["Location", "Content-Location"]
                .iter()
                .any(|location| name.eq_ignore_ascii_case(location));
            let text = str::from_utf8(value.as_bytes()).ok();
            let new = match text {
                Some(text) if is_location => self.location(text),
                Some(text) if name.eq_ignore_ascii_case("Set-Cookie") => self.cookie(text),
                _ => None,
            };
            match new {
                Some(new) => translated.append(name, new)?,
                None => translated.append(name, value)?,
            }
        }
        Ok(translated)
    }

    /// The path of the client for a URL of the upstream server; `None` for every other URL.
    fn location(&self, url: &str) -> Option<String> {
        let lower = url.get(..8).unwrap_or(url).to_ascii_lowercase();
        let (scheme, rest) = if lower.starts_with("https://") {
            ("https", &url["https:".len()..])
        } else if lower.starts_with("http://") {
            ("http", &url["http:".len()..])
        } else {
            ("http", url)
        };
        let path = match rest.strip_prefix("//") {
            Some(rest) => {
                let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
                let host = Host::new(scheme, &rest[..end])?;
                self.hosts.contains(&host).then_some(&rest[end..])?
            }
            None if rest.starts_with('/') => rest,
            None => return None, // relative to the request's path
        };
        let (path, after) = path.split_at(path.find(['?', '#']).unwrap_or(path.len()));
        let mut translated = self.path(path)?;
        if translated.starts_with("//") {
            translated.insert_str(0, "/."); // or a host would follow (RFC 3986 section 4.2)
        }
        translated.push_str(after);
        (translated != url).then_some(translated)
    }

    /// The path of the client for one beneath the base.
    fn path(&self, path: &str) -> Option<String> {
        let rest = path.strip_prefix(self.base)?;
        let is_beneath = rest.is_empty() || rest.starts_with('/');
        if !is_beneath || EncodedPath::new(rest).has_dot_segment() {
            return None;
        }
        match [self.mount, rest].concat() {
            path if path.is_empty() => Some("/".to_owned()),
            path => Some(path),
        }
    }

    /// A `Set-Cookie` whose path is beneath the base. A cookie with the prefix `__Host-` keeps its
    /// path, because browsers demand `/` for it.
    fn cookie(&self, cookie: &str) -> Option<String> {
        let is_bound = |start: &str| start.eq_ignore_ascii_case("__Host-");
        if cookie.get(..7).is_some_and(is_bound) {
            return None;
        }
        let mut is_changed = false;
        let mut is_pair = true;
        let attributes: Vec<_> = cookie
            .split(';')
            .map(|attribute| {
                if std::mem::take(&mut is_pair) {
                    return attribute.into();
                }
                let new = self.path_attribute(attribute);
                is_changed |= new.is_some();
                new.map_or(attribute.into(), std::borrow::Cow::Owned)
            })
            .collect();
        is_changed.then(|| attributes.join(";"))
    }

    /// The attribute `Path` of a cookie, if it changes. The path `/` becomes that of the mount.
    fn path_attribute(&self, attribute: &str) -> Option<String> {
        let (name, value) = attribute.split_once('=')?;
        if !name.trim().eq_ignore_ascii_case("Path") {
            return None;
        }
        let path = value.trim();
        if !path.starts_with('/') {
            return None; // a browser then takes the path of the request
        }
        let new = match path {
            "/" if self.base.is_empty() && !self.mount.is_empty() => self.mount.to_owned(),
            _ => self.path(path)?,
        };
        (new != path).then(|| format!("{name}={new}"))
    }
}

#[cfg(test)]
mod tests {
    use wsgi_application::Headers;
    use wsgi_environ::Environ;

    use super::Translation;
    use crate::upstream::Upstream;

    #[track_caller]
    fn check(paths: (&str, &str), field: (&str, &str), expected: &str) {
        let mut environ = Environ::new();
        environ.set("HTTP_HOST", "front.example");
        environ.set_url_scheme("https");
        let (base, mount) = paths;
        let upstream = Upstream::parse(&format!("http://127.0.0.1:5000{base}")).unwrap();
        let translation = Translation::new(&upstream, mount, &environ, b"App");
        let fields = Headers::from_fields([field]).unwrap();
        let translated = translation.translate(&fields).unwrap();
        assert_eq!(
            translated.get(field.0).unwrap(),
            expected,
            "{field:?} for {paths:?}"
        );
    }

    #[test]
    fn locations_beneath_the_base_become_those_beneath_the_mount() {
        let paths = ("/base", "/app");
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
            check(paths, ("Location", location), expected);
            check(paths, ("content-location", location), expected);
            check(paths, ("X-Location", location), location);
        }
    }

    #[test]
    fn other_locations_stay() {
        for location in [
            "http://127.0.0.1:5001/base/a",
            "http://127.0.0.1/base/a",
            "http://other.example/base/a",
            "http://127.0.0.1:5000@other.example/base/a",
            "http://127.0.0.1:5000/other",
            "http://127.0.0.1:5000/based",
            "ftp://127.0.0.1:5000/base/a",
            "//other.example/base/a",
            "/other",
            "/based",
            "/base/../a",
            "/base/%2e%2e/a",
            "a/b",
            "?a",
            "#a",
            "",
        ] {
            check(("/base", "/app"), ("Location", location), location);
        }
    }

    #[test]
    fn base_and_mount_may_be_empty() {
        let location = ("Location", "http://127.0.0.1:5000/a");
        check(("", ""), location, "/a");
        check(("", "/app"), location, "/app/a");
        check(("/a", ""), location, "/");
        check(("", "/app"), ("Location", "http://127.0.0.1:5000"), "/app");
        check(("", ""), ("Location", "http://127.0.0.1:5000?a"), "/?a");
    }

    #[test]
    fn no_path_becomes_a_host() {
        let location = ("Location", "http://127.0.0.1:5000//evil.example/");
        check(("", ""), location, "/.//evil.example/");
        let location = ("Location", "/base//evil.example/");
        check(("/base", ""), location, "/.//evil.example/");
    }

    #[test]
    fn paths_of_cookies_become_those_beneath_the_mount() {
        for (paths, cookie, expected) in [
            (
                ("/base", "/app"),
                "a=b; Path=/base; HttpOnly",
                "a=b; Path=/app; HttpOnly",
            ),
            (("/base", "/app"), "a=b;path= /base/c ", "a=b;path=/app/c"),
            (("/base", ""), "a=b; Path=/base", "a=b; Path=/"),
            (("", "/app"), "a=b; Path=/", "a=b; Path=/app"),
            (("", "/app"), "a=b; Path=/c", "a=b; Path=/app/c"),
            (("", ""), "a=b; Path=/c", "a=b; Path=/c"),
            (("/base", "/app"), "a=b; Path=/", "a=b; Path=/"),
            (("/base", "/app"), "a=b; Path=/other", "a=b; Path=/other"),
            (("", "/app"), "a=b; Path=c", "a=b; Path=c"),
            (("", "/app"), "Path=/; Secure", "Path=/; Secure"),
            (("", "/app"), "__Host-a=b; Path=/", "__Host-a=b; Path=/"),
            (("", "/app"), "a=b", "a=b"),
        ] {
            check(paths, ("Set-Cookie", cookie), expected);
        }
    }

    #[test]
    fn several_cookies_keep_their_order() {
        let fields = [
            ("Set-Cookie", "a=1; Path=/"),
            ("X-Between", "x"),
            ("Set-Cookie", "b=2; Path=/"),
            ("Set-Cookie", "a=3"),
        ];
        let upstream = Upstream::parse("http://a").unwrap();
        let translation = Translation::new(&upstream, "/app", &Environ::new(), b"a");
        let translated = translation.translate(&Headers::from_fields(fields).unwrap());
        let translated = translated.unwrap();
        let cookies = translated.get_all("Set-Cookie");
        assert!(cookies.eq(["a=1; Path=/app", "b=2; Path=/app", "a=3"]));
        assert_eq!(translated.len(), 4);
    }
}
