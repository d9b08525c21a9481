//! The upstream server, from its URL.

use wsgi_environ::is_host;

use crate::{encoded_path::EncodedPath, invalid_upstream::InvalidUpstream};

/// The port of a URL with a scheme and without one (RFC 9110 sections 4.2.1 and 4.2.2).
pub(crate) fn default_port(scheme: &str) -> u16 {
    match scheme {
        "https" => 443,
        _ => 80,
    }
}

/// An upstream server: where it is, and the path beneath which requests go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Upstream {
    /// `http` or `https`.
    pub(crate) scheme: &'static str,
    /// The name or address, without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The host and the port as in a Host field, without the default port.
    pub(crate) authority: String,
    /// The path, encoded, without a slash at its end; so that of the whole server is empty.
    pub(crate) base: String,
}

impl Upstream {
    pub(crate) fn parse(url: &str) -> Result<Self, InvalidUpstream> {
        let (scheme, rest) = url.split_once("://").ok_or(InvalidUpstream::Scheme)?;
        let known: &[&str] = match cfg!(feature = "tls") {
            true => &["http", "https"],
            false => &["http"],
        };
        let scheme = known
            .iter()
            .find(|known| scheme.eq_ignore_ascii_case(known));
        let scheme = *scheme.ok_or(InvalidUpstream::Scheme)?;
        if rest.contains(['?', '#']) {
            return Err(InvalidUpstream::QueryOrFragment);
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(InvalidUpstream::Credentials);
        }
        let (host, port) = split_authority(authority).ok_or(InvalidUpstream::Host)?;
        let path = path.trim_end_matches('/');
        if !is_base(path) {
            return Err(InvalidUpstream::Path);
        }
        let port = port.unwrap_or(default_port(scheme));
        let authority = match port == default_port(scheme) {
            true => host.to_owned(),
            false => format!("{host}:{port}"),
        };
        let bare = host.strip_prefix('[').unwrap_or(host);
        let bare = bare.strip_suffix(']').unwrap_or(bare);
        #[cfg(feature = "tls")]
        if scheme == "https" && !crate::client_tls::may_have_certificate(bare) {
            return Err(InvalidUpstream::Host);
        }
        Ok(Self {
            scheme,
            host: bare.to_owned(),
            port,
            authority: authority.to_ascii_lowercase(),
            base: path.to_owned(),
        })
    }
}

/// The host, with the brackets of an address, and the port of an authority, if it has one.
pub(crate) fn split_authority(authority: &str) -> Option<(&str, Option<u16>)> {
    if !is_host(authority) {
        return None;
    }
    let (host, port) = match authority.rfind(':') {
        Some(colon) if !authority[colon..].contains(']') => {
            (&authority[..colon], &authority[colon + 1..])
        }
        _ => (authority, ""),
    };
    let port = match port {
        "" => None,
        _ => Some(port.parse().ok().filter(|&port| port > 0)?),
    };
    Some((host, port))
}

/// Whether requests can be sent beneath a path.
fn is_base(path: &str) -> bool {
    let path = EncodedPath::new(path.as_bytes());
    path.is_valid() && !path.has_dot_segment()
}

#[cfg(test)]
mod tests {
    use super::Upstream;
    use crate::invalid_upstream::InvalidUpstream;

    #[track_caller]
    fn check(url: &str, expected: (&str, u16, &str, &str)) {
        let upstream = Upstream::parse(url).unwrap();
        let Upstream {
            host,
            port,
            authority,
            base,
            ..
        } = &upstream;
        assert_eq!((&**host, *port, &**authority, &**base), expected, "{url}");
    }

    #[test]
    fn a_url_has_a_host_and_may_have_a_port_and_a_path() {
        check("http://a", ("a", 80, "a", ""));
        check("HTTP://A.Example:80/", ("A.Example", 80, "a.example", ""));
        check("http://a:/b", ("a", 80, "a", "/b"));
        check(
            "http://127.0.0.1:5000/a/b/",
            ("127.0.0.1", 5000, "127.0.0.1:5000", "/a/b"),
        );
        check(
            "http://[::1]:8080/%C3%A9",
            ("::1", 8080, "[::1]:8080", "/%C3%A9"),
        );
        check("http://[::1]", ("::1", 80, "[::1]", ""));
    }

    #[test]
    fn https_needs_the_feature() {
        let upstream = Upstream::parse("HTTPS://a/b");
        #[cfg(not(feature = "tls"))]
        assert_eq!(upstream, Err(InvalidUpstream::Scheme));
        #[cfg(feature = "tls")]
        {
            assert_eq!(upstream.unwrap().scheme, "https");
            check("https://a", ("a", 443, "a", ""));
            check("https://a:80", ("a", 80, "a:80", ""));
            check("https://a:443", ("a", 443, "a", ""));
            check("https://[::1]", ("::1", 443, "[::1]", ""));
            for url in ["https://a..b", "https://-a", "https://a%20b"] {
                assert_eq!(Upstream::parse(url), Err(InvalidUpstream::Host), "{url}");
            }
        }
    }

    #[test]
    fn other_urls_are_refused() {
        use InvalidUpstream::*;
        for (url, expected) in [
            ("", Scheme),
            ("127.0.0.1:5000", Scheme),
            ("unix:/run/a", Scheme),
            ("http:a", Scheme),
            ("http://", Host),
            ("http:///a", Host),
            ("http://:80", Host),
            ("http://a:0", Host),
            ("http://a:65536", Host),
            ("http://a b", Host),
            ("http://[::1", Host),
            ("http://a\r\nb", Host),
            ("http://user@a", Credentials),
            ("http://user:secret@a:80/", Credentials),
            ("http://a/b c", Path),
            ("http://a/\u{e9}", Path),
            ("http://a/%zz", Path),
            ("http://a/%00", Path),
            ("http://a/b/../c", Path),
            ("http://a/%2e%2E", Path),
            ("http://a/.", Path),
            ("http://a/b\r\nX: y", Path),
            ("http://a?b", QueryOrFragment),
            ("http://a/#b", QueryOrFragment),
        ] {
            assert_eq!(Upstream::parse(url), Err(expected), "{url}");
        }
    }
}
