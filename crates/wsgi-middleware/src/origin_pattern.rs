//! Names and patterns of origins that are trusted.

use std::{error::Error, fmt, str::FromStr};

use crate::{
    authority,
    origin::{Origin, default_port, is_scheme},
};

/// An origin, or a pattern of origins, such as `https://example.org` or `https://*.example.org`.
///
/// An origin (RFC 6454) is a scheme, a host and perhaps a port, without a slash at the end. In a
/// pattern, a `*.` at the start of the host stands for one or more labels, and a `*` in place of
/// the port for any port. `https://*.example.org` matches `https://a.example.org` and
/// `https://a.b.example.org`, but neither `https://example.org` nor `https://badexample.org`.
///
/// Everybody who controls one of the hosts is trusted. Do not put a `*.` before a domain below
/// which strangers get names, such as `github.io`.
///
/// ```
/// use wsgi_middleware::{InvalidOrigin, OriginPattern};
///
/// let origin: OriginPattern = "https://app.example:8443".parse()?;
/// assert!(origin.matches("https://app.example:8443"));
/// assert!(!origin.matches("https://app.example"));
///
/// let local: OriginPattern = "http://localhost:*".parse()?;
/// assert!(local.matches("http://localhost:5173"));
/// assert!(!local.matches("null"));
///
/// assert_eq!("https://app.example/".parse::<OriginPattern>(), Err(InvalidOrigin::Path));
/// # Ok::<(), InvalidOrigin>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct OriginPattern {
    /// In lower case, as the host.
    scheme: String,
    /// Without the `*.`.
    host: String,
    has_subdomains: bool,
    port: Port,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Port {
    Any,
    /// `None` is the default port of the scheme.
    One(Option<u16>),
}

impl OriginPattern {
    /// Whether it matches the value of an `Origin` field. `null`, several origins, and malformed
    /// values match no pattern.
    #[must_use]
    pub fn matches(&self, origin: impl AsRef<[u8]>) -> bool {
        Origin::parse(origin.as_ref()).is_some_and(|origin| self.matches_origin(&origin))
    }

    pub(crate) fn matches_origin(&self, origin: &Origin<'_>) -> bool {
        let port = match self.port {
            Port::Any => true,
            Port::One(port) => port == origin.port,
        };
        port && self.scheme.eq_ignore_ascii_case(origin.scheme) && self.matches_host(origin.host)
    }

    fn matches_host(&self, host: &str) -> bool {
        if !self.has_subdomains {
            return self.host.eq_ignore_ascii_case(host);
        }
        let Some(at) = host.len().checked_sub(self.host.len()) else {
            return false;
        };
        // Both are ASCII, so any position is between two characters.
        let (labels, domain) = host.split_at(at);
        let labels = labels.strip_suffix('.').unwrap_or_default();
        domain.eq_ignore_ascii_case(&self.host) && labels.split('.').all(|label| !label.is_empty())
    }
}

impl FromStr for OriginPattern {
    type Err = InvalidOrigin;

    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        if text == "null" {
            return Err(InvalidOrigin::Null);
        }
        let (scheme, rest) = text.split_once("://").ok_or(InvalidOrigin::Scheme)?;
        if !is_scheme(scheme) {
            return Err(InvalidOrigin::Scheme);
        }
        if rest.contains(['/', '?', '#']) {
            return Err(InvalidOrigin::Path);
        }
        let (domain, has_subdomains) = match rest.strip_prefix("*.") {
            Some(domain) => (domain, true),
            None => (rest, false),
        };
        let (host, port) = match domain.strip_suffix(":*") {
            // Without its colon, so that a second port is refused.
            Some(host) if !host.ends_with(':') => {
                let (name, None) = authority::split(host).ok_or(InvalidOrigin::Host)? else {
                    return Err(InvalidOrigin::Host);
                };
                (name, Port::Any)
            }
            _ if domain.ends_with(':') => return Err(InvalidOrigin::Host),
            _ => {
                let (name, port) = authority::split(domain).ok_or(InvalidOrigin::Host)?;
                let port = port.filter(|port| default_port(scheme) != Some(*port));
                (name, Port::One(port))
            }
        };
        let is_address = host.starts_with('[');
        let has_empty_label = host.split('.').any(str::is_empty);
        if has_empty_label || (is_address && has_subdomains) {
            return Err(InvalidOrigin::Host);
        }
        Ok(Self {
            scheme: scheme.to_ascii_lowercase(),
            host: authority::canonical(host),
            has_subdomains,
            port,
        })
    }
}

impl fmt::Display for OriginPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let labels = if self.has_subdomains { "*." } else { "" };
        write!(f, "{}://{labels}{}", self.scheme, self.host)?;
        match self.port {
            Port::Any => f.write_str(":*"),
            Port::One(Some(port)) => write!(f, ":{port}"),
            Port::One(None) => Ok(()),
        }
    }
}

impl fmt::Debug for OriginPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The reason why a text does not name an [`OriginPattern`].
///
/// ```
/// use wsgi_middleware::{InvalidOrigin, OriginPattern};
///
/// let parse = |text: &str| text.parse::<OriginPattern>();
/// assert_eq!(parse("app.example"), Err(InvalidOrigin::Scheme));
/// assert_eq!(parse("https://"), Err(InvalidOrigin::Host));
/// assert_eq!(parse("https://app.example/"), Err(InvalidOrigin::Path));
/// assert_eq!(parse("null"), Err(InvalidOrigin::Null));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidOrigin {
    /// It does not begin with a scheme and `://`.
    Scheme,
    /// The host or the port is malformed. Names with other letters than those of ASCII are written
    /// in Punycode (`xn--…`).
    Host,
    /// Something follows the host and the port, such as a slash.
    Path,
    /// It is `null`, which any page on any site can send.
    Null,
}

impl fmt::Display for InvalidOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheme => "an origin begins with a scheme, such as https://",
            Self::Host => "not a host, perhaps with a port",
            Self::Path => "an origin ends after the host and the port",
            Self::Null => "any page can send the origin null",
        })
    }
}

impl Error for InvalidOrigin {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(pattern: &str, origin: &str, expected: bool) {
        let parsed: OriginPattern = pattern.parse().expect(pattern);
        assert_eq!(parsed.matches(origin), expected, "{pattern} {origin}");
    }

    #[test]
    fn an_origin_matches_itself_alone() {
        check("https://a.example", "https://a.example", true);
        check("HTTPS://A.Example:443", "https://a.example", true);
        check("https://a.example", "https://a.example:443", true);
        check("http://[0:0::1]:80", "http://[::1]", true);
        check("tauri://localhost", "tauri://localhost", true);
        check("https://a.example", "http://a.example", false);
        check("https://a.example", "https://a.example:8443", false);
        check("https://a.example", "https://b.a.example", false);
        check("https://a.example", "https://aXexample", false);
        check("https://a.example", "https://a.example.", false);
        check("https://a.example", "https://a.example/", false);
        check("https://a.example", "null", false);
        check("https://a.example", "", false);
    }

    #[test]
    fn a_star_stands_for_labels_or_for_a_port() {
        check("https://*.a.example", "https://b.a.example", true);
        check("https://*.a.example", "https://c.B.A.example", true);
        check("https://*.a.example", "https://a.example", false);
        check("https://*.a.example", "https://.a.example", false);
        check("https://*.a.example", "https://b..a.example", false);
        check("https://*.a.example", "https://ba.example", false);
        check("https://*.a.example", "https://b.a.example.c", false);
        check("https://*.a.example", "https://b.a.example:8443", false);
        check("https://*.a.example:*", "https://b.a.example:8443", true);
        check("http://localhost:*", "http://localhost", true);
        check("http://localhost:*", "https://localhost", false);
        check("http://[::1]:*", "http://[::1]:5173", true);
    }

    #[test]
    fn other_patterns_are_refused() {
        for (text, error) in [
            ("", InvalidOrigin::Scheme),
            ("*", InvalidOrigin::Scheme),
            ("null", InvalidOrigin::Null),
            ("a.example", InvalidOrigin::Scheme),
            ("//a.example", InvalidOrigin::Scheme),
            ("*://a.example", InvalidOrigin::Scheme),
            ("https://", InvalidOrigin::Host),
            ("https://*", InvalidOrigin::Host),
            ("https://*.", InvalidOrigin::Host),
            ("https://*.*.a", InvalidOrigin::Host),
            ("https://a.*", InvalidOrigin::Host),
            ("https://*a.example", InvalidOrigin::Host),
            ("https://*.[::1]", InvalidOrigin::Host),
            ("https://a..b", InvalidOrigin::Host),
            ("https://a.", InvalidOrigin::Host),
            ("https://user@a", InvalidOrigin::Host),
            ("https://b\u{fc}cher.example", InvalidOrigin::Host),
            ("https://a:", InvalidOrigin::Host),
            ("https://a:b", InvalidOrigin::Host),
            ("https://a:80:*", InvalidOrigin::Host),
            ("https://a::*", InvalidOrigin::Host),
            ("https://a:99999", InvalidOrigin::Host),
            ("https://a/", InvalidOrigin::Path),
            ("https://a?b", InvalidOrigin::Path),
            ("https://a#b", InvalidOrigin::Path),
        ] {
            assert_eq!(text.parse::<OriginPattern>(), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_pattern_is_shown_as_it_is_parsed(text in "(https?|x)://(\\*\\.)?[a-bA.]{1,6}(:(\\*|[0-9]{1,3}))?") {
            if let Ok(pattern) = text.parse::<OriginPattern>() {
                let again = pattern.to_string().parse::<OriginPattern>();
                prop_assert_eq!(again, Ok(pattern));
            }
        }

        /// A host that is matched by labels ends with them, and has at least one more.
        #[test]
        fn any_text_matches_only_below_the_domain(text in "\\PC{0,20}", labels in "[a-z.]{0,8}") {
            let pattern: OriginPattern = "https://*.a.example".parse()?;
            prop_assert!(!pattern.matches(&text));
            let origin = format!("https://{labels}.a.example");
            let expected = labels.split('.').all(|label| !label.is_empty());
            prop_assert_eq!(pattern.matches(&origin), expected);
            let longer = format!("{origin}{text}x");
            prop_assert!(!pattern.matches(longer));
        }

        #[test]
        fn no_text_breaks_the_parser(text in "\\PC{0,40}") {
            let _ = text.parse::<OriginPattern>();
            let _ = format!("https://{text}").parse::<OriginPattern>();
        }
    }
}
