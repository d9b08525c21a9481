//! The proxies that name the clients of a listener.

use std::{fmt, net::SocketAddr};

/// The proxies in front of a listener, and the protocol by which they name their clients.
pub(crate) trait Proxies: fmt::Debug + Send + Sync {
    /// Whether the peer with this address is a trusted proxy. A peer without an address is at a
    /// Unix socket.
    fn trusts(&self, address: Option<SocketAddr>) -> bool;

    /// Whether a peer can be trusted, at a Unix socket or else on TCP.
    fn trusts_any(&self, is_unix: bool) -> bool;

    /// The number of bytes with which every header is complete or refused.
    fn header_limit(&self) -> usize;

    /// Parses the header at the start of `bytes`, if it is complete. An error is the reason for the
    /// log.
    fn parse(&self, bytes: &[u8]) -> Result<Option<ProxyHeader>, &'static str>;
}

/// The header of a proxy.
#[derive(Debug)]
pub(crate) struct ProxyHeader {
    pub(crate) length: usize,
    /// `None` if the proxy speaks for itself, or does not know its client.
    pub(crate) client: Option<NamedClient>,
}

/// The client that a proxy names.
#[derive(Debug)]
pub(crate) struct NamedClient {
    /// `None` if it is on a Unix socket of the proxy.
    pub(crate) source: Option<SocketAddr>,
    /// The address that it connected to.
    pub(crate) destination: Option<SocketAddr>,
    /// TLS between the client and the proxy.
    pub(crate) tls: Option<ProxiedTls>,
}

/// The variables of TLS between a client and a proxy, by the names of Apache's mod_ssl.
#[derive(Debug)]
pub(crate) struct ProxiedTls(pub(crate) Vec<(&'static str, Box<[u8]>)>);

impl ProxiedTls {
    pub(crate) fn variable(&self, name: &str) -> Option<&[u8]> {
        let mut variables = self.0.iter();
        let (_, value) = variables.find(|(known, _)| *known == name)?;
        Some(value)
    }
}
