//! The proxies that name the clients of a listener.

use std::{fmt, net::SocketAddr};

use crate::peers::{client::Client, peer::Peer};

/// The proxies in front of a listener, and the protocol by which they name their clients.
pub(crate) trait Proxies: fmt::Debug + Send + Sync {
    /// Whether the peer with this address is a trusted proxy. A peer without an address is at a
    /// Unix socket.
    fn trusts(&self, address: Option<SocketAddr>) -> bool;

    /// Whether a peer can be trusted, at a Unix socket or else on TCP.
    fn trusts_any(&self, is_unix: bool) -> bool;

    /// The number of bytes with which every header is complete or refused.
    fn header_limit(&self) -> usize;

    /// Parses the header at the start of the `bytes` that `peer` has sent, if it is complete. An
    /// error is the reason for the log.
    fn parse(&self, bytes: &[u8], peer: &Peer) -> Result<Option<ProxyHeader>, &'static str>;
}

/// The header of a proxy.
#[derive(Debug)]
pub(crate) struct ProxyHeader {
    pub(crate) length: usize,
    /// The client that it names.
    pub(crate) client: Option<Box<Client>>,
}
