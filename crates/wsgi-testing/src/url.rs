//! An http URL, as far as a browser needs it.

use std::fmt;

use percent_encoding::{AsciiSet, CONTROLS, percent_encode};

use crate::host::{self, is_address};

/// The bytes that a browser escapes in a path and a query (URL Standard section 1.3). A `%` stays.
const ESCAPED: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>');

/// The bytes that it escapes in a path.
const ESCAPED_IN_PATH: &AsciiSet = &ESCAPED.add(b'^').add(b'`').add(b'{').add(b'}');

/// The bytes that it escapes in the query of an http URL.
const ESCAPED_IN_QUERY: &AsciiSet = &ESCAPED.add(b'\'');

/// The bytes of a URL that a browser tells as the referrer. Of a longer one, it tells the origin
/// (W3C Referrer Policy section 8.3).
const MAX_REFERRER: usize = 4096;

/// An absolute URL without a fragment. Its path begins with a slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Url {
    /// `http` or `https`.
    pub(crate) scheme: &'static str,
    /// The host as browsers write it, and a port unless it is that of the scheme.
    pub(crate) authority: String,
    /// The path and the query, percent-encoded.
    pub(crate) target: String,
}

impl Url {
    /// Parses an absolute URL; `None` if it is not of http or https, or has no host.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let text = cleaned(text);
        let (scheme, rest) = split_scheme(&text)?;
        let rest = rest.strip_prefix(b"//")?;
        Self::of_parts(scheme, rest)
    }

    fn of_parts(scheme: &'static str, rest: &[u8]) -> Option<Self> {
        let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?'));
        let (authority, target) = rest.split_at(end.unwrap_or(rest.len()));
        // A user and a password are not part of the host.
        let authority = authority.rsplit(|&byte| byte == b'@').next()?;
        let authority = str::from_utf8(authority).ok()?;
        Some(Self {
            scheme,
            authority: normalized(authority, default_port(scheme))?,
            target: target_of(target),
        })
    }

    /// Resolves a reference on a page with this URL (RFC 3986 section 5.2), as browsers do: any
    /// number of slashes may precede the host, and `http:a` is `a` on a page with the same scheme
    /// (URL Standard section 4.4).
    pub(crate) fn join(&self, reference: impl AsRef<[u8]>) -> Option<Self> {
        let text = cleaned(reference.as_ref());
        let text = match split_scheme(&text) {
            Some((scheme, rest)) if scheme == self.scheme && !rest.starts_with(b"//") => rest,
            Some((scheme, rest)) => return Self::of_parts(scheme, without_slashes(rest)),
            None if text.starts_with(b"//") => {
                return Self::of_parts(self.scheme, without_slashes(&text));
            }
            None if has_other_scheme(&text) => return None,
            None => &text[..],
        };
        let target = match text.first() {
            None => return Some(self.clone()),
            Some(b'/') => target_of(text),
            Some(b'?') => target_of(&[self.path().as_bytes(), text].concat()),
            Some(_) => {
                let folder = self.path().rfind('/').map_or(0, |slash| slash + 1);
                target_of(&[&self.path().as_bytes()[..folder], text].concat())
            }
        };
        Some(Self {
            target,
            ..self.clone()
        })
    }

    /// The path, percent-encoded.
    pub(crate) fn path(&self) -> &str {
        let end = self.target.find('?').unwrap_or(self.target.len());
        &self.target[..end]
    }

    /// The same URL with another query.
    pub(crate) fn with_query(&self, query: &str) -> Self {
        Self {
            target: format!("{}?{query}", self.path()),
            ..self.clone()
        }
    }

    /// The host without its port. An IPv6 address has brackets.
    pub(crate) fn host(&self) -> &str {
        match self.authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => host,
            _ => &self.authority,
        }
    }

    /// The part of the host that its owner has registered (HTML Standard, "Sites"): the last two
    /// labels, since a name without a dot counts as a public suffix. An address is one as a whole.
    pub(crate) fn site(&self) -> &str {
        let host = self.host();
        if is_address(host) {
            return host;
        }
        let mut dots = host.rmatch_indices('.').skip(1);
        dots.next().map_or(host, |(dot, _)| &host[dot + 1..])
    }

    /// The URL that those of this page are resolved against, if this is the `href` of its first
    /// `base`. One that leads nowhere is as if there were none (HTML Standard, "set the frozen base
    /// URL").
    pub(crate) fn base(&self, href: &str) -> Self {
        self.join(href).unwrap_or_else(|| self.clone())
    }

    /// The port, also if it is that of the scheme.
    pub(crate) fn port(&self) -> &str {
        match self.authority[self.host().len()..].strip_prefix(':') {
            Some(port) => port,
            None => default_port(self.scheme),
        }
    }

    pub(crate) fn is_https(&self) -> bool {
        self.scheme == "https"
    }

    /// The scheme and the authority, as in the field `Origin` (RFC 6454 section 6.2).
    pub(crate) fn origin(&self) -> String {
        format!("{}://{}", self.scheme, self.authority)
    }

    /// Whether browsers take connections to this host for safe (Secure Contexts section 3.1). Only
    /// to such hosts do they send `Sec-Fetch-Site` and cookies that are `Secure`.
    pub(crate) fn is_trustworthy(&self) -> bool {
        self.is_https() || host::is_local(self.host())
    }

    /// The field `Referer` of a request that this page makes, by the policy of browsers (W3C
    /// Referrer Policy, "strict-origin-when-cross-origin").
    pub(crate) fn referrer_to(&self, url: &Self) -> Option<String> {
        let whole = self.to_string();
        if self.origin() == url.origin() && whole.len() <= MAX_REFERRER {
            return Some(whole);
        }
        let is_less_safe = self.is_trustworthy() && !url.is_trustworthy();
        (!is_less_safe).then(|| format!("{}/", self.origin()))
    }
}

/// `http://localhost/`.
impl Default for Url {
    fn default() -> Self {
        Self {
            scheme: "http",
            authority: "localhost".to_owned(),
            target: "/".to_owned(),
        }
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority, self.target)
    }
}

/// The text as browsers read it: without spaces and control characters around, tabs, line ends and
/// a fragment, and with slashes for the backslashes before the query (URL Standard section 4.4).
fn cleaned(text: &[u8]) -> Vec<u8> {
    let text = trimmed(text);
    let end = text.iter().position(|&byte| byte == b'#');
    let text = &text[..end.unwrap_or(text.len())];
    let mut in_query = false;
    let mut cleaned = Vec::with_capacity(text.len());
    for &byte in text {
        in_query |= byte == b'?';
        match byte {
            b'\t' | b'\n' | b'\r' => {}
            b'\\' if !in_query => cleaned.push(b'/'),
            _ => cleaned.push(byte),
        }
    }
    cleaned
}

fn default_port(scheme: &str) -> &'static str {
    match scheme {
        "https" => "443",
        _ => "80",
    }
}

/// The host and its port without leading zeros, unless it is the default one; `None` if one of them
/// is malformed (URL Standard section 4.4, "host state" and "port state").
fn normalized(authority: &str, default_port: &str) -> Option<String> {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (authority, ""),
    };
    let host = host::parse(host)?;
    if port.is_empty() {
        return Some(host);
    }
    if !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let port = port.parse::<u16>().ok()?.to_string();
    Some(match port == default_port {
        true => host,
        false => format!("{host}:{port}"),
    })
}

/// Removes spaces and control characters around a text.
fn trimmed(mut text: &[u8]) -> &[u8] {
    while let [0..=b' ', rest @ ..] | [rest @ .., 0..=b' '] = text {
        text = rest;
    }
    text
}

fn without_slashes(mut text: &[u8]) -> &[u8] {
    while let [b'/', rest @ ..] = text {
        text = rest;
    }
    text
}

fn split_scheme(text: &[u8]) -> Option<(&'static str, &[u8])> {
    ["http", "https"].into_iter().find_map(|scheme| {
        let (start, rest) = text.split_at_checked(scheme.len())?;
        let rest = rest.strip_prefix(b":")?;
        start
            .eq_ignore_ascii_case(scheme.as_bytes())
            .then_some((scheme, rest))
    })
}

/// Whether a reference begins with a scheme, such as `mailto:`.
fn has_other_scheme(text: &[u8]) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    let scheme = text.split(|&byte| byte == b':').next().unwrap_or_default();
    let starts = scheme.first().is_some_and(u8::is_ascii_alphabetic);
    scheme.len() < text.len() && starts && scheme.iter().copied().all(is_part)
}

/// The path and the query, escaped, without segments that are dots (RFC 3986 section 5.2.4).
fn target_of(text: &[u8]) -> String {
    let end = text.iter().position(|&byte| byte == b'?');
    let (path, query) = text.split_at(end.unwrap_or(text.len()));
    let mut segments: Vec<&[u8]> = Vec::new();
    let mut rest = path
        .strip_prefix(b"/")
        .unwrap_or(path)
        .split(|&byte| byte == b'/')
        .peekable();
    while let Some(segment) = rest.next() {
        let is_last = rest.peek().is_none();
        match dots(segment) {
            0 => segments.push(segment),
            dots => {
                if dots == 2 {
                    segments.pop();
                }
                if is_last {
                    segments.push(b"");
                }
            }
        }
    }
    let path = segments.join(&b'/');
    let (path, query) = (
        percent_encode(&path, ESCAPED_IN_PATH),
        percent_encode(query, ESCAPED_IN_QUERY),
    );
    format!("/{path}{query}")
}

/// 1 for a segment that means this folder, 2 for one that means the folder above, else 0.
fn dots(segment: &[u8]) -> usize {
    let text = segment.to_ascii_lowercase();
    let is_escaped = text.contains(&b'%');
    let text = match is_escaped {
        true => String::from_utf8_lossy(&text)
            .replace("%2e", ".")
            .into_bytes(),
        false => text,
    };
    match &text[..] {
        b"." => 1,
        b".." => 2,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::Url;

    #[track_caller]
    fn check(base: &str, reference: &str, joined: &str) {
        let base = Url::parse(base.as_bytes()).expect("a URL");
        let found = base.join(reference).map(|url| url.to_string());
        assert_eq!(found.as_deref(), Some(joined));
    }

    #[test]
    fn references_are_resolved_as_in_rfc_3986_section_5_4() {
        for (reference, joined) in [
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g/"),
            ("?y", "http://a/b/c/d;p?y"),
            ("g?y", "http://a/b/c/g?y"),
            ("#s", "http://a/b/c/d;p?q"),
            ("g#s", "http://a/b/c/g"),
            ("", "http://a/b/c/d;p?q"),
            (".", "http://a/b/c/"),
            ("..", "http://a/b/"),
            ("../g", "http://a/b/g"),
            ("../../../g", "http://a/g"),
            ("/./g", "http://a/g"),
            ("/../g", "http://a/g"),
            ("g;x=1/../y", "http://a/b/c/y"),
            ("g?y/../x", "http://a/b/c/g?y/../x"),
        ] {
            check("http://a/b/c/d;p?q", reference, joined);
        }
    }

    #[test]
    fn references_are_read_as_browsers_read_them() {
        check("http://a/b", "\\\\evil.example\\x", "http://evil.example/x");
        check("http://a/b", "/\t/evil.example", "http://evil.example/");
        check("http://a/b", " /c ", "http://a/c");
        check("http://a/b", "/%2e%2E/c", "http://a/c");
        check("http://a/b", "/..%2Fc", "http://a/..%2Fc");
        check("http://a/b", "/caf\u{e9}?\"", "http://a/caf%C3%A9?%22");
        check("http://a/b", "HTTPS://Ada:pw@B:443", "https://b/");
        check("http://a/b", "/x:y", "http://a/x:y");
        check("http://a/b", "\u{1}/c\u{1f}", "http://a/c");
    }

    #[test]
    fn a_path_and_a_query_are_escaped_as_in_browsers() {
        check(
            "http://a",
            "/it's[1]|^`{b}",
            "http://a/it's[1]|%5E%60%7Bb%7D",
        );
        check(
            "http://a",
            "?q={\"a\":[1|2]}^`<'>",
            "http://a/?q={%22a%22:[1|2]}^`%3C%27%3E",
        );
        check("http://a", "/50%?50%", "http://a/50%?50%");
    }

    #[test]
    fn any_number_of_slashes_precedes_a_host() {
        check("http://a/b/c", "///evil.example/x", "http://evil.example/x");
        check("http://a/b/c", "/\\/evil.example", "http://evil.example/");
        check(
            "http://a/b/c",
            "https:evil.example",
            "https://evil.example/",
        );
        check(
            "http://a/b/c",
            "https:/evil.example",
            "https://evil.example/",
        );
        check(
            "http://a/b/c",
            "http:///evil.example",
            "http://evil.example/",
        );
    }

    #[test]
    fn the_scheme_of_the_page_may_stand_before_a_path() {
        check("http://a/b/c", "http:d", "http://a/b/d");
        check("http://a/b/c", "http:/d:e", "http://a/d:e");
        check("http://a/b/c", "HTTP:d:e", "http://a/b/d:e");
        check("http://a/b/c?d", "http:", "http://a/b/c?d");
    }

    #[test]
    fn other_schemes_are_not_resolved() {
        let base = Url::parse(b"http://a/b").expect("a URL");
        for reference in [
            "mailto:ada@example.org",
            "javascript:alert(1)",
            "https:",
            "https:///",
            "//",
        ] {
            assert_eq!(base.join(reference), None, "{reference}");
        }
    }

    #[test]
    fn a_url_has_a_host_and_a_port() {
        for (url, host, port) in [
            ("http://a", "a", "80"),
            ("https://a", "a", "443"),
            ("http://a:8000/", "a", "8000"),
            ("http://[::1]", "[::1]", "80"),
            ("http://[::1]:81", "[::1]", "81"),
            ("http://a:", "a", "80"),
            ("http://a:080", "a", "80"),
            ("http://a:00443", "a", "443"),
            ("https://a:443", "a", "443"),
            ("http://A%2Eexample:81", "a.example", "81"),
            ("http://[0::1]:0081", "[::1]", "81"),
            ("http://2130706433:81", "127.0.0.1", "81"),
        ] {
            let url = Url::parse(url.as_bytes()).expect("a URL");
            assert_eq!((url.host(), url.port()), (host, port));
        }
    }

    #[test]
    fn a_site_is_the_end_of_a_name_or_an_address() {
        for (url, site, is_trustworthy) in [
            ("http://www.shop.example", "shop.example", false),
            ("http://10.1.2.3", "10.1.2.3", false),
            ("http://0x7f.1", "127.0.0.1", true),
            ("http://127.shop.example", "shop.example", false),
            ("http://[0::1]", "[::1]", true),
        ] {
            let url = Url::parse(url.as_bytes()).expect("a URL");
            assert_eq!((url.site(), url.is_trustworthy()), (site, is_trustworthy));
        }
    }

    #[test]
    fn a_malformed_host_or_port_is_refused() {
        for authority in [
            "",
            ":80",
            "a:b",
            "a:-1",
            "a:65536",
            "a:1:2",
            "::1",
            "a[b",
            "[::1",
            "a]",
            "[]",
            "a%b",
            "1.2.3.256",
            "a:%31",
        ] {
            let url = format!("http://{authority}/");
            assert_eq!(Url::parse(url.as_bytes()), None, "{url}");
        }
    }
}
