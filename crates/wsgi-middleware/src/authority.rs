//! The host that a client asked for: `uri-host [":" port]` (RFC 9110 section 7.2), in its parts,
//! and with fewer characters than `wsgi_environ::is_host` allows.

use std::net::Ipv6Addr;

use crate::proxies::node::parse_port;

/// The longest name of a host, in bytes (RFC 1035 section 2.3.4).
const MAX_NAME_BYTES: usize = 255;

/// A host, perhaps with a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Authority {
    /// A name or an address; an IPv6 address has its brackets.
    pub(crate) name: String,
    pub(crate) port: Option<u16>,
}

impl Authority {
    /// Parses a host of letters, digits, `-`, `.` and `_`, or an IPv6 address in brackets, with or
    /// without [a port](is_port_of_clients). A URI allows more characters, but no name in use has
    /// them, and applications put the host into links.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let (name, port) = split(str::from_utf8(text).ok()?)?;
        Some(Self {
            name: name.to_owned(),
            port: port.filter(is_port_of_clients),
        })
    }
}

/// Whether clients can ask for a port. Proxies send 0 for a Unix socket, which has none.
pub(crate) fn is_port_of_clients(port: &u16) -> bool {
    *port != 0
}

/// The name or the address of a host, and its port, as [`Authority::parse`] reads them, or 0.
pub(crate) fn split(text: &str) -> Option<(&str, Option<u16>)> {
    let name_ends = match text.strip_prefix('[') {
        Some(rest) => {
            let end = rest.find(']')?;
            rest[..end].parse::<Ipv6Addr>().ok()?;
            end + "[]".len()
        }
        None => {
            let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
            text.bytes()
                .position(|byte| !is_name(byte))
                .unwrap_or(text.len())
        }
    };
    let (name, rest) = text.split_at(name_ends);
    let port = match rest {
        "" | ":" => None,
        _ => Some(parse_port(rest.strip_prefix(':')?)?),
    };
    (1..=MAX_NAME_BYTES)
        .contains(&name.len())
        .then_some((name, port))
}

/// A host as browsers write it: in lower case, an IPv6 address in its shortest form.
pub(crate) fn canonical(host: &str) -> String {
    let address = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    match address.and_then(|address| address.parse::<Ipv6Addr>().ok()) {
        Some(address) => format!("[{address}]"),
        None => host.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Authority, MAX_NAME_BYTES};

    #[test]
    fn a_host_may_have_a_port() {
        for (text, name, port) in [
            ("example.org", "example.org", None),
            ("EXAMPLE.org:8443", "EXAMPLE.org", Some(8443)),
            ("example.org:", "example.org", None),
            ("example.org:0", "example.org", None),
            ("[2001:db8::1]:00", "[2001:db8::1]", None),
            ("a_b-c.example:65535", "a_b-c.example", Some(65535)),
            ("192.0.2.1:80", "192.0.2.1", Some(80)),
            ("[2001:db8::1]", "[2001:db8::1]", None),
            ("[2001:db8::1]:80", "[2001:db8::1]", Some(80)),
        ] {
            let name = name.to_owned();
            let authority = Authority { name, port };
            assert_eq!(Authority::parse(text.as_bytes()), Some(authority), "{text}");
            assert!(wsgi_environ::is_host(text), "{text}");
        }
        let longest = "a".repeat(MAX_NAME_BYTES);
        assert!(Authority::parse(longest.as_bytes()).is_some());
    }

    #[test]
    fn other_hosts_are_refused() {
        for text in [
            "",
            ":80",
            "a b",
            "a/b",
            "a?b",
            "a#b",
            "a\\b",
            "user@a",
            "a\"b",
            "<a>",
            "a%2fb",
            "a%00",
            "a:000080",
            "a,b",
            "a:80x",
            "a:80:80",
            "a:65536",
            "a:+80",
            "2001:db8::1",
            "[2001:db8::1",
            "[a]",
            "[::1]80",
            "\u{e9}.example",
            &"a".repeat(MAX_NAME_BYTES + 1),
        ] {
            assert_eq!(Authority::parse(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(Authority::parse(b"a\xff"), None);
    }
}
