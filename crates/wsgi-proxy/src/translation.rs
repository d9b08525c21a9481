//! Paths of the upstream server in responses, translated to those of the client.

mod cookie;
mod known_hosts;
mod location;

use wsgi_application::Headers;
use wsgi_environ::Environ;
use wsgi_headers::InvalidHeader;

use self::known_hosts::KnownHosts;
use crate::{encoded_path::EncodedPath, upstream::Upstream};

/// The way back from paths beneath the base to those beneath the mount.
#[derive(Clone, Debug)]
pub(crate) struct Translation<'a> {
    base: &'a [u8],
    mount: &'a [u8],
    hosts: KnownHosts<'a>,
}

impl<'a> Translation<'a> {
    pub(crate) fn new(
        upstream: &'a Upstream,
        mount: &'a str,
        environ: &'a Environ,
        asked: &'a [u8],
    ) -> Self {
        Self {
            base: upstream.base.as_bytes(),
            mount: mount.as_bytes(),
            hosts: KnownHosts::new(upstream, environ, asked),
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
            let new = match is_location {
                true => self.location(value.as_bytes()),
                false if name.eq_ignore_ascii_case("Set-Cookie") => self.cookie(value.as_bytes()),
                false => None,
            };
            match new {
                Some(new) => translated.append(name, new)?,
                None => translated.append(name, value)?,
            }
        }
        Ok(translated)
    }

    /// The path of the client for one beneath the base.
    fn path(&self, path: &[u8]) -> Option<Vec<u8>> {
        let rest = path.strip_prefix(self.base)?;
        let is_beneath = rest.is_empty() || rest.starts_with(b"/");
        if !is_beneath || EncodedPath::new(rest).has_dot_segment() {
            return None;
        }
        match [self.mount, rest].concat() {
            path if path.is_empty() => Some(b"/".to_vec()),
            path => Some(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use wsgi_application::Headers;
    use wsgi_environ::Environ;

    use super::Translation;
    use crate::upstream::Upstream;

    /// A request and the settings of a proxy.
    #[derive(Clone, Copy, Debug)]
    pub(super) struct Way {
        /// The URL of the upstream server.
        pub(super) upstream: &'static str,
        /// The host that it is asked for.
        pub(super) asked: &'static str,
        /// The scheme and the host that the client has asked for.
        pub(super) client: (&'static str, &'static str),
        pub(super) mount: &'static str,
    }

    impl Way {
        pub(super) fn new(upstream: &'static str, mount: &'static str) -> Self {
            Self {
                upstream,
                asked: "App",
                client: ("https", "front.example"),
                mount,
            }
        }

        #[track_caller]
        pub(super) fn check(self, name: &str, value: impl AsRef<[u8]>, expected: impl AsRef<[u8]>) {
            let (value, expected) = (value.as_ref(), expected.as_ref());
            let (scheme, host) = self.client;
            let mut environ = Environ::new();
            environ.set("HTTP_HOST", host);
            environ.set_url_scheme(scheme);
            let upstream = Upstream {
                // With and without the feature.
                scheme: match self.upstream.starts_with("https:") {
                    true => "https",
                    false => "http",
                },
                ..Upstream::parse(&self.upstream.replacen("https:", "http:", 1)).unwrap()
            };
            let translation =
                Translation::new(&upstream, self.mount, &environ, self.asked.as_bytes());
            let fields = Headers::from_fields([(name, value)]).unwrap();
            let translated = translation.translate(&fields).unwrap();
            let found = translated.get(name).unwrap().as_bytes();
            assert_eq!(
                String::from_utf8_lossy(found),
                String::from_utf8_lossy(expected),
                "{value:?} for {self:?}"
            );
            assert_eq!(found, expected, "{value:?} for {self:?}");
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
        let environ = Environ::new();
        let translation = Translation::new(&upstream, "/app", &environ, b"a");
        let translated = translation.translate(&Headers::from_fields(fields).unwrap());
        let translated = translated.unwrap();
        let cookies = translated.get_all("Set-Cookie");
        assert!(cookies.eq(["a=1; Path=/app", "b=2; Path=/app", "a=3"]));
        assert_eq!(translated.len(), 4);
    }
}
