//! The peers that may connect to a listening socket.

use std::{fmt, net::SocketAddr, sync::Arc};

use wsgi_environ::Network;

/// The networks whose peers may connect by TCP. Without any, everybody may.
#[derive(Clone, Debug, Default)]
pub(crate) struct AllowedPeers(Arc<Vec<Network>>);

impl AllowedPeers {
    /// The networks in a list with commas, which has one at least.
    #[cfg(any(feature = "fastcgi", feature = "restart"))]
    pub(super) fn of_list(list: &str) -> Option<Self> {
        let network = |address: &str| address.trim().parse().ok();
        let networks: Option<Vec<Network>> = list.split(',').map(network).collect();
        networks.map(|networks| Self(Arc::new(networks)))
    }

    /// Those whose text this is.
    #[cfg(feature = "restart")]
    pub(crate) fn from_text(text: &[u8]) -> Option<Self> {
        match text {
            [] => Some(Self::default()),
            list => Self::of_list(std::str::from_utf8(list).ok()?),
        }
    }

    /// Adds a network.
    pub(super) fn add(&mut self, network: Network) {
        Arc::make_mut(&mut self.0).push(network);
    }

    /// Whether a peer with this address may connect. A peer without an address is at a Unix socket,
    /// and may: the permissions of its file have decided. That deviates from FastCGI Specification
    /// section 3.2, which closes a connection that does not use TCP. libfcgi lets it in, too: only
    /// those who may use the file have reached it, and a list of addresses says nothing of them.
    pub(crate) fn contains(&self, address: Option<SocketAddr>) -> bool {
        let Some(address) = address else {
            return true;
        };
        let mut networks = self.0.iter();
        self.0.is_empty() || networks.any(|network| network.contains(address.ip()))
    }
}

/// The networks with commas. Empty if everybody may connect.
impl fmt::Display for AllowedPeers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, network) in self.0.iter().enumerate() {
            let comma = if number == 0 { "" } else { "," };
            write!(f, "{comma}{network}")?;
        }
        Ok(())
    }
}
