//! A node of a chain of proxies: an IP address, perhaps with a port, or a Unix socket.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The sender of a request, as the proxy that received it names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sender {
    Node(Node),
    /// The peer at a Unix socket, whom nginx calls `unix:`.
    Unix,
}

impl Sender {
    /// Parses a sender. Returns `None` for one that is unknown.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        match text {
            b"unix:" => Some(Self::Unix),
            text => Node::parse(text).map(Self::Node),
        }
    }

    /// The node, if the sender has an address.
    pub(crate) fn node(self) -> Option<Node> {
        match self {
            Self::Node(node) => Some(node),
            Self::Unix => None,
        }
    }
}

/// A node whose address is known (RFC 7239 section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    /// Never an IPv4 address in its IPv6 form.
    pub(crate) address: IpAddr,
    /// `None` if it is absent or obfuscated.
    pub(crate) port: Option<u16>,
}

impl Node {
    /// Parses an address with or without a port. IPv6 addresses are in brackets, but may lack them
    /// if there is no port, as in `X-Forwarded-For`. Returns `None` for `unknown`, for obfuscated
    /// nodes, and for anything else.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let text = str::from_utf8(text).ok()?;
        let (address, port) = if let Some(rest) = text.strip_prefix('[') {
            let (address, rest) = rest.split_once(']')?;
            let port = match rest {
                "" => None,
                _ => Some(rest.strip_prefix(':')?),
            };
            (IpAddr::V6(address.parse::<Ipv6Addr>().ok()?), port)
        } else if let Ok(address) = text.parse() {
            (address, None)
        } else {
            let (address, port) = text.split_once(':')?;
            (IpAddr::V4(address.parse::<Ipv4Addr>().ok()?), Some(port))
        };
        let port = match port {
            Some(port) if is_obfuscated(port) => None,
            Some(port) => Some(parse_port(port)?),
            None => None,
        };
        Some(Self {
            address: address.to_canonical(),
            port,
        })
    }
}

/// Whether it is an `obfport` (RFC 7239 section 6.3).
fn is_obfuscated(port: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    port.strip_prefix('_')
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(is_allowed))
}

/// Parses a port of one to five digits.
pub(crate) fn parse_port(text: &str) -> Option<u16> {
    let is_number = text.len() <= 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::Node;

    #[test]
    fn an_address_may_have_a_port() {
        for (text, address, port) in [
            ("192.0.2.1", "192.0.2.1", None),
            ("192.0.2.1:47011", "192.0.2.1", Some(47011)),
            ("192.0.2.1:0", "192.0.2.1", Some(0)),
            ("192.0.2.1:_a.b-C_1", "192.0.2.1", None),
            ("2001:DB8::1", "2001:db8::1", None),
            ("[2001:db8::1]", "2001:db8::1", None),
            ("[2001:db8::1]:65535", "2001:db8::1", Some(65535)),
            ("[2001:db8::1]:_x", "2001:db8::1", None),
            ("::ffff:192.0.2.1", "192.0.2.1", None),
            ("[::ffff:192.0.2.1]:80", "192.0.2.1", Some(80)),
            ("2001:db8::1:80", "2001:db8::1:80", None),
        ] {
            let address = address.parse().unwrap();
            let node = Node { address, port };
            assert_eq!(Node::parse(text.as_bytes()), Some(node), "{text}");
        }
    }

    #[test]
    fn other_nodes_have_no_address() {
        for text in [
            "",
            "unknown",
            "_hidden",
            "unix:",
            "localhost",
            "192.0.2",
            "192.0.2.01",
            "192.0.2.1 ",
            "192.0.2.1:",
            "192.0.2.1:65536",
            "192.0.2.1:000080",
            "192.0.2.1:+80",
            "192.0.2.1:_",
            "192.0.2.1:_a b",
            "192.0.2.1:80:80",
            "192.0.2.1/32",
            "[192.0.2.1]",
            "[2001:db8::1",
            "[2001:db8::1]80",
            "[2001:db8::1]:",
            "[]",
            "fe80::1%eth0",
            "\u{661}.1.1.1",
        ] {
            assert_eq!(Node::parse(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(Node::parse(b"192.0.2.1\xff"), None);
    }
}
