//! Names and patterns of hosts.

use std::{error::Error, fmt, str::FromStr};

use crate::authority;

/// A host, or a pattern of hosts, for [`Hosts`](crate::Hosts): `example.org`, `*.example.org`,
/// `192.0.2.1` or `[2001:db8::1]`, perhaps with a port.
///
/// A `*.` at the start stands for one or more labels. `*.example.org` matches `a.example.org` and
/// `a.b.example.org`, but neither `example.org` nor `badexample.org`. Without a port, every port
/// matches. Upper and lower case are the same, and so are a name with and without a dot at its end
/// and the forms of an IPv6 address. Names with other letters than those of ASCII are written in
/// Punycode (`xn--…`), as clients send them.
///
/// ```
/// use wsgi_middleware::{HostPattern, InvalidHost};
///
/// let host: HostPattern = "*.Example.ORG.:8443".parse()?;
/// assert_eq!(host.to_string(), "*.example.org:8443");
/// assert_eq!("[2001:DB8:0::1]".parse::<HostPattern>()?.to_string(), "[2001:db8::1]");
/// assert_eq!("https://example.org".parse::<HostPattern>(), Err(InvalidHost::Scheme));
/// # Ok::<(), InvalidHost>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct HostPattern {
    pub(crate) has_subdomains: bool,
    /// In lower case, without the `*.` and without a dot at its end.
    pub(crate) name: String,
    /// `None` is any port.
    pub(crate) port: Option<u16>,
}

/// A name of a host without the dot of the root at its end, if all of its labels have a character.
pub(crate) fn without_root(name: &str) -> Option<&str> {
    let name = name.strip_suffix('.').unwrap_or(name);
    (!name.split('.').any(str::is_empty)).then_some(name)
}

/// Whether the text is an address, or the end of one, and not that of a name.
fn is_address(host: &str) -> bool {
    let name = host.split_once(':').map_or(host, |(name, _)| name);
    let name = name.strip_suffix('.').unwrap_or(name);
    let last = name.rsplit('.').next().unwrap_or_default();
    host.starts_with('[') || (!last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit()))
}

impl FromStr for HostPattern {
    type Err = InvalidHost;

    fn from_str(text: &str) -> Result<Self, InvalidHost> {
        if text.contains("://") {
            return Err(InvalidHost::Scheme);
        }
        if text.contains(['/', '?', '#']) {
            return Err(InvalidHost::Path);
        }
        let (host, has_subdomains) = match text.strip_prefix("*.") {
            Some(domain) => (domain, true),
            None => (text, false),
        };
        if host.contains('*') || (has_subdomains && is_address(host)) {
            return Err(InvalidHost::Wildcard);
        }
        if host.ends_with(':') {
            return Err(InvalidHost::Host);
        }
        let (name, port) = authority::split(host).ok_or(InvalidHost::Host)?;
        let name = without_root(name).ok_or(InvalidHost::Host)?;
        Ok(Self {
            has_subdomains,
            name: authority::canonical(name),
            port,
        })
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let labels = if self.has_subdomains { "*." } else { "" };
        write!(f, "{labels}{}", self.name)?;
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The reason why a text does not name a [`HostPattern`].
///
/// ```
/// use wsgi_middleware::{HostPattern, InvalidHost};
///
/// let parse = |text: &str| text.parse::<HostPattern>();
/// assert_eq!(parse("http://example.org"), Err(InvalidHost::Scheme));
/// assert_eq!(parse("example.org/blog"), Err(InvalidHost::Path));
/// assert_eq!(parse("www.*.org"), Err(InvalidHost::Wildcard));
/// assert_eq!(parse("example..org"), Err(InvalidHost::Host));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidHost {
    /// It has a scheme. A host is the same for all schemes.
    Scheme,
    /// A path or a query follows. Put [`Mounts`](crate::Mounts) at the host.
    Path,
    /// A `*` is not the first label of a name, or is not alone in it. Without a port, every port
    /// matches, and [`Hosts::fallback`](crate::Hosts::fallback) gets all other hosts.
    Wildcard,
    /// The host or the port is malformed. Names with other letters than those of ASCII are written
    /// in Punycode (`xn--…`).
    Host,
}

impl fmt::Display for InvalidHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheme => "a host has no scheme before it",
            Self::Path => "a host has no path after it",
            Self::Wildcard => {
                "a * is the whole first label of a name; for every port, leave out the port, and \
                 for every host, set the fallback"
            }
            Self::Host => "not a host, perhaps with a port",
        })
    }
}

impl Error for InvalidHost {}

#[cfg(test)]
mod tests {
    use super::{HostPattern, InvalidHost};

    #[test]
    fn hosts_are_read_in_one_form() {
        for (text, form) in [
            ("example.org", "example.org"),
            ("EXAMPLE.org.", "example.org"),
            ("localhost:8000", "localhost:8000"),
            ("*.example.org", "*.example.org"),
            ("*.org:80", "*.org:80"),
            ("*.1.example", "*.1.example"),
            ("192.0.2.1", "192.0.2.1"),
            ("[::1]:8000", "[::1]:8000"),
            ("[2001:db8:0:0::1]", "[2001:db8::1]"),
            ("xn--caf-dma.example", "xn--caf-dma.example"),
            ("a_b-c", "a_b-c"),
        ] {
            let pattern: HostPattern = text.parse().unwrap();
            assert_eq!(pattern.to_string(), form);
            assert_eq!(form.parse(), Ok(pattern));
        }
    }

    #[test]
    fn other_texts_are_refused() {
        use InvalidHost::{Host, Path, Scheme, Wildcard};
        for (text, reason) in [
            ("http://example.org", Scheme),
            ("example.org/", Path),
            ("example.org?a", Path),
            ("*", Wildcard),
            ("*example.org", Wildcard),
            ("a.*.org", Wildcard),
            ("*.*.org", Wildcard),
            ("*.[::1]", Wildcard),
            ("*.0.0.1", Wildcard),
            ("*.2.1.:80", Wildcard),
            ("example.org:*", Wildcard),
            ("", Host),
            (".", Host),
            ("*.", Host),
            ("*..org", Host),
            (".org", Host),
            ("a..org", Host),
            ("example.org..", Host),
            ("example.org:", Host),
            ("example.org:65536", Host),
            ("example.org:http", Host),
            ("::1", Host),
            ("[::1", Host),
            ("user@example.org", Host),
            ("a b", Host),
            ("caf\u{e9}.example", Host),
            (&"a".repeat(300), Host),
        ] {
            assert_eq!(text.parse::<HostPattern>(), Err(reason), "{text:?}");
        }
    }
}
