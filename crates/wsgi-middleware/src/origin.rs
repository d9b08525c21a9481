//! The origin of the page that a request comes from: scheme, host and port (RFC 6454).

use wsgi_application::Environ;
use wsgi_environ::Value;

use crate::authority;

/// An origin, as a browser sends it in `Origin` (RFC 6454 section 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin<'a> {
    pub(crate) scheme: &'a str,
    /// A name or an address; an IPv6 address has its brackets.
    pub(crate) host: &'a str,
    /// `None` if it is the default port of the scheme, or unknown.
    pub(crate) port: Option<u16>,
}

impl<'a> Origin<'a> {
    /// Parses `scheme://host[:port]`. Other values, such as `null` or several origins, are `None`.
    pub(crate) fn parse(text: &'a [u8]) -> Option<Self> {
        let (scheme, rest) = str::from_utf8(text).ok()?.split_once("://")?;
        let (host, port) = authority::split(rest)?;
        is_scheme(scheme).then(|| Self::new(scheme, host, port))
    }

    /// The origin of the request's own site: its scheme, and its `Host`. Behind a proxy,
    /// `TrustedProxies` makes them those of the client's request.
    pub(crate) fn of_site(environ: &'a Environ) -> Option<Self> {
        let host = environ.get("HTTP_HOST")?.to_str().ok()?;
        let (host, port) = authority::split(host)?;
        Some(Self::new(environ.url_scheme(), host, port))
    }

    fn new(scheme: &'a str, host: &'a str, port: Option<u16>) -> Self {
        Self {
            scheme,
            host,
            port: port.filter(|port| default_port(scheme) != Some(*port)),
        }
    }

    /// Whether a page of this origin is a page of the site.
    ///
    /// A server does not always know that a proxy speaks https with the client. So a page by https
    /// may send to a site that seems to be reached by http. A page by http may not send to one by
    /// https, because anybody on the network can write such a page.
    pub(crate) fn is_of(&self, site: &Origin<'_>) -> bool {
        let is_strong = self.is_https() || self.scheme.eq_ignore_ascii_case(site.scheme);
        // The port of a site whose scheme is not the seen one can be the default of either.
        let port = match site.port {
            Some(port) if default_port(self.scheme) == Some(port) => None,
            port => port,
        };
        is_strong && self.host.eq_ignore_ascii_case(site.host) && self.port == port
    }

    fn is_https(&self) -> bool {
        self.scheme.eq_ignore_ascii_case("https")
    }
}

/// The value of `Origin`. An empty one counts as absent.
pub(crate) fn origin_of(environ: &Environ) -> Option<Value<'_>> {
    let value = environ.get("HTTP_ORIGIN")?;
    (!value.as_bytes().is_empty()).then_some(value)
}

/// The port that belongs to a scheme (RFC 9110 section 4.2).
pub(crate) fn default_port(scheme: &str) -> Option<u16> {
    let is = |name: &str| scheme.eq_ignore_ascii_case(name);
    match (is("https"), is("http")) {
        (true, _) => Some(443),
        (_, true) => Some(80),
        _ => None,
    }
}

/// Whether it is a scheme (RFC 3986 section 3.1).
pub(crate) fn is_scheme(text: &str) -> bool {
    let is_other = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.bytes().all(is_other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin<'_> {
        Origin::parse(text.as_bytes()).expect(text)
    }

    #[test]
    fn an_origin_is_a_scheme_a_host_and_perhaps_a_port() {
        for (text, scheme, host, port) in [
            ("https://example.org", "https", "example.org", None),
            ("https://example.org:443", "https", "example.org", None),
            ("http://example.org:443", "http", "example.org", Some(443)),
            ("http://[::1]:8080", "http", "[::1]", Some(8080)),
            ("chrome-extension://abc", "chrome-extension", "abc", None),
        ] {
            assert_eq!(origin(text), Origin { scheme, host, port }, "{text}");
        }
        for text in [
            "",
            "null",
            "example.org",
            "https:",
            "https://",
            "://a",
            "1a://a",
            "https://a/",
            "https://a?b",
            "https://user@a",
            "https://a https://b",
            "https://a, https://b",
            "https://*.a",
            "https://a:b",
            "https://\u{e9}",
        ] {
            assert_eq!(Origin::parse(text.as_bytes()), None, "{text}");
        }
        assert_eq!(Origin::parse(b"https://a\xff"), None);
    }

    #[test]
    fn a_page_belongs_to_the_site_of_its_host_and_port() {
        for (page, scheme, host, is_of) in [
            ("https://a.example", "https", "a.example", true),
            ("https://A.example", "https", "a.EXAMPLE:443", true),
            ("https://a.example:8443", "https", "a.example:8443", true),
            ("http://a.example", "http", "a.example:80", true),
            // A proxy that speaks https, and does not say so.
            ("https://a.example", "http", "a.example", true),
            ("https://a.example", "http", "a.example:443", true),
            ("https://a.example:8443", "http", "a.example:8443", true),
            // Anybody on the network can write a page by http.
            ("http://a.example", "https", "a.example", false),
            ("https://b.example", "https", "a.example", false),
            ("https://a.example.b", "https", "a.example", false),
            ("https://sub.a.example", "https", "a.example", false),
            ("https://a.example:8443", "https", "a.example", false),
            ("http://a.example:81", "http", "a.example", false),
            ("http://a.example", "http", "a.example:443", false),
            ("ftp://a.example", "https", "a.example", false),
            ("ftp://a.example", "http", "a.example", false),
        ] {
            let mut environ = Environ::new();
            environ.set_url_scheme(scheme);
            environ.set("HTTP_HOST", host);
            let site = Origin::of_site(&environ).expect(host);
            assert_eq!(
                origin(page).is_of(&site),
                is_of,
                "{page} at {scheme} {host}"
            );
        }
    }

    #[test]
    fn a_site_without_a_valid_host_has_no_origin() {
        let mut environ = Environ::new();
        assert_eq!(Origin::of_site(&environ), None);
        for host in ["", "a/b", "a b", "\u{e9}", "a,b"] {
            environ.set("HTTP_HOST", host);
            assert_eq!(Origin::of_site(&environ), None, "{host}");
        }
    }
}
