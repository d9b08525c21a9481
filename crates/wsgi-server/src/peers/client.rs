//! The client that a proxy names.

use std::net::IpAddr;

use crate::{
    listeners::proxies::{NamedClient, ProxiedTls},
    peers::{endpoint::Endpoint, peer::Peer},
};

/// The client that a proxy names by the PROXY protocol. Its variables take the place of those of
/// the peer, which is the proxy.
#[derive(Debug)]
pub(crate) struct Client {
    remote: Endpoint,
    ip: Option<IpAddr>,
    /// The end of the client's connection at the proxy.
    server: Option<Endpoint>,
    /// TLS between the client and the proxy.
    tls: Option<ProxiedTls>,
    names: Vec<&'static str>,
}

impl Client {
    /// The client that a proxy, which is `peer`, has named.
    pub(crate) fn of(named: NamedClient, peer: &Peer) -> Self {
        let server = named
            .destination
            .map(|address| Endpoint::new(Some(address)));
        // The proxy passes on a TLS connection that ends here. It is the one that counts.
        let tls = named.tls.filter(|_| !peer.is_secure());
        let mut names = peer.names().to_vec();
        if server.is_some() {
            names.extend(["SERVER_ADDR", "SERVER_PORT"]);
        }
        if let Some(ProxiedTls(variables)) = &tls {
            names.extend(variables.iter().map(|(name, _)| name));
        }
        Self {
            remote: Endpoint::new(named.source),
            ip: named.source.map(|address| address.ip()),
            server,
            tls,
            names,
        }
    }

    /// The client's address. `None` if it is on a Unix socket of the proxy.
    pub(crate) fn ip(&self) -> Option<IpAddr> {
        self.ip
    }

    /// Whether the client speaks TLS to the proxy.
    pub(crate) fn is_secure(&self) -> bool {
        self.tls.is_some()
    }

    /// A variable of the connection to this client, of which `peer` passes the bytes on.
    #[inline(never)] // as few connections come by such a proxy
    pub(crate) fn variable<'a>(&'a self, name: &str, peer: &'a Peer) -> Option<&'a [u8]> {
        match name {
            "REMOTE_ADDR" => Some(self.remote.address()),
            "REMOTE_PORT" => self.remote.port(),
            "SERVER_ADDR" => self.server.as_ref().map(Endpoint::address),
            "SERVER_PORT" => self.server.as_ref()?.port(),
            name => match &self.tls {
                Some(tls) => tls.variable(name),
                None => peer.variable(name),
            },
        }
    }

    /// The names of the variables of the connection.
    pub(super) fn names(&self) -> &[&'static str] {
        &self.names
    }
}
