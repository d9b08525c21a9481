//! The hosts that the upstream server may have in URLs.

use wsgi_environ::{Environ, Value};

use crate::upstream::{Upstream, default_port, split_authority};

/// The hosts by which the upstream server may know itself.
///
/// It is told two schemes: that of its connection, and that of the client in `X-Forwarded-Proto`.
/// With one of these and one of its hosts, a URL means the same as its path. With the host of the
/// client and the other scheme, it leads from one scheme to the other, and must do so for the
/// client as well.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KnownHosts<'a> {
    upstream_scheme: &'static str,
    client_scheme: &'static str,
    /// The authority of the upstream server's URL, and the one that it was asked for.
    upstream: [&'a [u8]; 2],
    /// The authority that the client has asked for.
    client: &'a [u8],
}

/// The meaning of a URL with one of the hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The path alone says as much.
    Path,
    /// The client is to change the scheme.
    OtherScheme,
}

/// A host in lower case, and its port unless that is the default of the scheme.
#[derive(Debug, PartialEq, Eq)]
struct Host(String, Option<u16>);

impl Host {
    fn new(scheme: &str, authority: &[u8]) -> Option<Self> {
        let (host, port) = split_authority(str::from_utf8(authority).ok()?)?;
        let port = port.filter(|&port| port != default_port(scheme));
        Some(Self(host.to_ascii_lowercase(), port))
    }
}

impl<'a> KnownHosts<'a> {
    pub(crate) fn new(upstream: &'a Upstream, environ: &'a Environ, asked: &'a [u8]) -> Self {
        Self {
            upstream_scheme: upstream.scheme,
            client_scheme: match environ.url_scheme() {
                "https" => "https",
                _ => "http",
            },
            upstream: [upstream.authority.as_bytes(), asked],
            client: environ.host().map(Value::as_bytes).unwrap_or_default(),
        }
    }

    /// The meaning of a URL with this scheme, or with that of the page, and this authority. `None`
    /// if the host is another one.
    pub(crate) fn meaning(&self, scheme: Option<&str>, authority: &[u8]) -> Option<Meaning> {
        let Some(scheme) = scheme else {
            let mut told = [self.upstream_scheme, self.client_scheme].into_iter();
            return told
                .any(|scheme| self.is_known(scheme, authority))
                .then_some(Meaning::Path);
        };
        let is_client = self.is(scheme, authority, self.client, self.client_scheme);
        // A path in its place would lead the client back to where it was.
        let is_secured = scheme == "https" && self.client_scheme == "http";
        let is_told = [self.upstream_scheme, self.client_scheme].contains(&scheme);
        if is_client && (is_secured || !is_told) {
            return Some(Meaning::OtherScheme);
        }
        (is_told && self.is_known(scheme, authority)).then_some(Meaning::Path)
    }

    fn is_known(&self, scheme: &str, authority: &[u8]) -> bool {
        let mut upstream = self.upstream.iter();
        self.is(scheme, authority, self.client, self.client_scheme)
            || upstream.any(|known| self.is(scheme, authority, known, self.upstream_scheme))
    }

    /// Whether an authority is a known one, which belongs to a scheme or was made into a URL of
    /// another.
    fn is(&self, scheme: &str, authority: &[u8], known: &[u8], of: &str) -> bool {
        Host::new(scheme, authority).is_some_and(|host| {
            [of, scheme]
                .iter()
                .any(|scheme| Host::new(scheme, known).is_some_and(|known| known == host))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::Way;

    fn way(
        upstream: &'static str,
        asked: &'static str,
        client: (&'static str, &'static str),
    ) -> Way {
        Way {
            upstream,
            asked,
            client,
            mount: "/app",
        }
    }

    #[test]
    fn a_redirect_to_https_on_the_clients_host_stays_one() {
        const FRONT: (&str, &str) = ("http", "front.example");
        for way in [
            way("http://up/base", "up", FRONT),
            way("http://up/base", "front.example", FRONT),
            way("https://up/base", "up", FRONT),
            way("https://up/base", "front.example", FRONT),
            way("https://front.example/base", "front.example", FRONT),
            way("http://front.example/base", "front.example", FRONT),
        ] {
            let check = |location: &str, expected: &str| {
                way.check("Location", location, expected);
            };
            check(
                "https://front.example/base/a?b",
                "https://front.example/app/a?b",
            );
            check(
                "HTTPS://Front.example:443/base",
                "HTTPS://Front.example:443/app",
            );
            check("https://front.example/other", "https://front.example/other");
            check(
                "https://front.example:8443/base/a",
                "https://front.example:8443/base/a",
            );
            check("http://front.example/base/a", "/app/a");
            check("//front.example/base/a", "/app/a");
        }
        let way = way("http://up/base", "up", ("http", "front.example:8000"));
        let location = "https://front.example:8000/base/a";
        way.check("Location", location, "https://front.example:8000/app/a");
        way.check(
            "Location",
            "https://front.example/base/a",
            "https://front.example/base/a",
        );
    }

    #[test]
    fn a_redirect_to_https_on_the_upstream_servers_host_stays_one() {
        let way = way("http://up/base", "up", ("http", "front.example"));
        way.check("Location", "https://up/base/a", "https://up/base/a");
        way.check("Location", "https://up:443/base/a", "https://up:443/base/a");
    }

    #[test]
    fn the_upstream_servers_own_url_is_a_path_on_the_scheme_of_the_client() {
        for client in [("http", "front.example"), ("https", "front.example")] {
            let way_to = |upstream, asked| way(upstream, asked, client);
            way_to("http://up/base", "up").check("Location", "http://up/base/a", "/app/a");
            way_to("http://up/base", "up").check("Location", "http://up:80/base/a", "/app/a");
            way_to("http://up:81/base", "up:81").check("Location", "http://up:81/base/a", "/app/a");
            way_to("https://up/base", "up").check("Location", "https://up/base/a", "/app/a");
            way_to("https://up/base", "b").check("Location", "https://b:443/base/a", "/app/a");
            way_to("http://up/base", "up").check("Location", "//up:80/base/a", "/app/a");
        }
    }

    /// Many know the scheme of the client from X-Forwarded-Proto, and the host from Host.
    #[test]
    fn the_upstream_server_may_use_the_scheme_that_it_was_told() {
        let secure = ("https", "front.example");
        for location in [
            "https://up/base/a",
            "http://up/base/a",
            "https://front.example/base/a",
        ] {
            way("http://up/base", "up", secure).check("Location", location, "/app/a");
        }
        let location = "https://127.0.0.1:81/base/a";
        way("http://127.0.0.1:81/base", "127.0.0.1:81", secure)
            .check("Location", location, "/app/a");
        let plain = ("http", "front.example");
        way("https://up/base", "up", plain).check("Location", "http://up/base/a", "/app/a");
        // It may not know of the client's TLS.
        for asked in ["up", "front.example"] {
            let way = way("http://up/base", asked, secure);
            way.check("Location", "http://front.example/base/a", "/app/a");
        }
    }

    #[test]
    fn a_redirect_to_http_of_a_server_that_has_only_heard_of_https_stays_one() {
        let way = way("https://up/base", "up", ("https", "front.example"));
        way.check(
            "Location",
            "http://front.example/base/a",
            "http://front.example/app/a",
        );
        way.check("Location", "http://up/base/a", "http://up/base/a");
    }

    #[test]
    fn another_port_is_another_host() {
        let way = way("http://up/base", "up", ("http", "front.example"));
        for location in [
            "http://up:443/base/a",
            "http://up:8080/base/a",
            "http://front.example:443/base/a",
            "//front.example:8080/base/a",
        ] {
            way.check("Location", location, location);
        }
    }
}
