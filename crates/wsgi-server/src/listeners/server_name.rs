//! The name and port that a server has in the environ.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use crate::listeners::{address::Address, listener::Listener};

/// The values of `SERVER_NAME` and `SERVER_PORT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServerName {
    pub(crate) name: String,
    pub(crate) port: u16,
}

impl ServerName {
    /// The name and port at each listener. Unix sockets have those of the first listener on TCP.
    /// If there is none, all clients are on this machine.
    pub(crate) fn all(listeners: &[Listener], addresses: &[Address]) -> Vec<Self> {
        let names: Vec<_> = listeners
            .iter()
            .zip(addresses)
            .map(|(listener, address)| Some(Self::of(listener.host.as_deref(), address.tcp()?)))
            .collect();
        let first = names.iter().flatten().next().cloned();
        let other = first.unwrap_or_else(|| Self {
            name: "localhost".to_owned(),
            port: 80,
        });
        names
            .into_iter()
            .map(|name| name.unwrap_or_else(|| other.clone()))
            .collect()
    }

    /// The name is the host as it was given, or else the IP address. If the address stands for
    /// every interface, it is the name of this machine.
    fn of(host: Option<&str>, address: SocketAddr) -> Self {
        let name = match host {
            _ if address.ip().is_unspecified() => {
                let machine = rustix::system::uname();
                machine.nodename().to_string_lossy().into_owned()
            }
            Some(host) if !host.is_empty() => {
                let address = host.trim_start_matches('[').trim_end_matches(']');
                // A zone means something on this machine alone (RFC 4007 section 11.2).
                let address = address.split('%').next().unwrap_or_default();
                match address.parse::<Ipv6Addr>() {
                    Ok(_) => in_brackets(address),
                    Err(_) => host.to_owned(),
                }
            }
            _ => match address.ip() {
                IpAddr::V6(ip) => in_brackets(&ip.to_string()),
                IpAddr::V4(ip) => ip.to_string(),
            },
        };
        Self {
            name,
            port: address.port(),
        }
    }
}

/// An IPv6 address as a part of a URL, and as a server's name (RFC 3875 section 4.1.14).
fn in_brackets(address: &str) -> String {
    format!("[{address}]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(host: Option<&str>, address: &str, name: &str) {
        let address: SocketAddr = address.parse().unwrap();
        let expected = ServerName {
            name: name.to_owned(),
            port: address.port(),
        };
        assert_eq!(ServerName::of(host, address), expected);
    }

    #[test]
    fn the_name_is_the_host_or_else_the_address() {
        check(Some("localhost"), "127.0.0.1:80", "localhost");
        check(Some("localhost"), "[::1]:80", "localhost");
        check(Some("127.0.0.1"), "127.0.0.1:81", "127.0.0.1");
        check(Some(""), "127.0.0.1:81", "127.0.0.1");
        check(None, "127.0.0.1:82", "127.0.0.1");
    }

    #[test]
    fn an_address_of_ipv6_is_in_brackets() {
        check(None, "[2001:db8::1]:80", "[2001:db8::1]");
        check(Some("::1"), "[::1]:80", "[::1]");
        check(Some("[::1]"), "[::1]:80", "[::1]");
        check(Some("fe80::1%eth0"), "[fe80::1%2]:80", "[fe80::1]");
        check(Some("[fe80::1%2]"), "[fe80::1%2]:80", "[fe80::1]");
    }

    #[test]
    fn an_address_for_every_interface_has_the_name_of_the_machine() {
        let machine = rustix::system::uname();
        let machine = machine.nodename().to_str().unwrap();
        check(None, "0.0.0.0:80", machine);
        check(Some("0.0.0.0"), "0.0.0.0:80", machine);
        check(Some("::"), "[::]:80", machine);
    }
}
