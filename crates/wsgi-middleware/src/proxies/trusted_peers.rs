//! The peers whose words about a request are believed.

use std::net::IpAddr;

use wsgi_environ::{Environ, Network};

use crate::proxies::node::Sender;

/// The peers in some networks, and perhaps those at Unix sockets.
#[derive(Clone, Debug, Default)]
pub(crate) struct TrustedPeers {
    pub(crate) networks: Vec<Network>,
    pub(crate) unix: bool,
}

impl TrustedPeers {
    /// Whether nobody is trusted.
    pub(crate) fn is_empty(&self) -> bool {
        self.networks.is_empty() && !self.unix
    }

    /// Whether a sender that a trusted proxy names is trusted, too.
    pub(crate) fn trusts(&self, sender: Sender) -> bool {
        match sender {
            Sender::Node(node) => self.contains(node.address),
            Sender::Unix => self.unix,
        }
    }

    /// Whether the peer at an address is trusted.
    fn contains(&self, address: IpAddr) -> bool {
        self.networks
            .iter()
            .any(|network| network.contains(address))
    }

    /// Whether a request comes from a trusted peer. The peer of a Unix socket has an empty
    /// `REMOTE_ADDR`, or `unix:` in some front servers.
    pub(crate) fn sent(&self, environ: &Environ) -> bool {
        let Some(address) = environ.get("REMOTE_ADDR") else {
            return false;
        };
        match address.as_bytes() {
            b"" | b"unix:" => self.unix,
            address => {
                let address = str::from_utf8(address).ok();
                let address = address.and_then(|address| address.parse().ok());
                address.is_some_and(|address| self.contains(address))
            }
        }
    }
}
