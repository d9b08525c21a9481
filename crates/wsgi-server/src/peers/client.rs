//! The client that a proxy names.

use std::net::IpAddr;

#[cfg(feature = "proxy-protocol")]
use wsgi_headers::is_field_value;
#[cfg(feature = "proxy-protocol")]
use wsgi_proxy_protocol::{Addresses, Header, Ssl};

use crate::peers::{endpoint::Endpoint, peer::Peer};

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

/// The variables of TLS between a client and a proxy, by the names of Apache's mod_ssl.
#[derive(Debug)]
struct ProxiedTls(Vec<(&'static str, Box<[u8]>)>);

#[cfg(feature = "proxy-protocol")]
impl Client {
    /// The client that the header of `peer` names. `None` if the addresses of the peer count.
    pub(crate) fn of(header: &Header<'_>, peer: &Peer) -> Option<Self> {
        let addresses = header.addresses()?;
        // The proxy passes on a TLS connection that ends here. It is the one that counts.
        let ssl = header.ssl().filter(|ssl| ssl.is_tls() && !peer.is_secure());
        let tls = ssl.map(|ssl| ProxiedTls::new(&ssl, header));
        Some(Self::new(peer, addresses, tls))
    }

    fn new(peer: &Peer, addresses: Addresses<'_>, tls: Option<ProxiedTls>) -> Self {
        let destination = addresses.destination();
        let server = destination.map(|address| Endpoint::new(Some(address)));
        let mut names = peer.names().to_vec();
        if server.is_some() {
            names.extend(["SERVER_ADDR", "SERVER_PORT"]);
        }
        if let Some(ProxiedTls(variables)) = &tls {
            names.extend(variables.iter().map(|(name, _)| name));
        }
        Self {
            remote: Endpoint::new(addresses.source()),
            ip: addresses.source().map(|address| address.ip()),
            server,
            tls,
            names,
        }
    }
}

impl Client {
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

#[cfg(feature = "proxy-protocol")]
impl ProxiedTls {
    fn new(ssl: &Ssl<'_>, header: &Header<'_>) -> Self {
        let verified = match (ssl.has_certificate(), ssl.is_verified()) {
            (false, _) => "NONE",
            (true, false) => "FAILED",
            (true, true) => "SUCCESS",
        };
        let common_name = ssl.common_name().filter(|_| ssl.is_verified());
        let all = [
            ("HTTPS", Some(&b"on"[..])),
            ("SSL_PROTOCOL", ssl.version()),
            ("SSL_CIPHER", ssl.cipher()),
            (
                "SSL_TLS_SNI",
                header.tlv(wsgi_proxy_protocol::TlvType::AUTHORITY),
            ),
            ("SSL_CLIENT_VERIFY", Some(verified.as_bytes())),
            ("SSL_CLIENT_S_DN_CN", common_name),
        ];
        // Clients choose some of the values. Applications may write them to logs and fields.
        let present = all.into_iter().filter_map(|(name, value)| {
            let value = value.filter(|value| !value.is_empty() && is_field_value(value))?;
            Some((name, Box::from(value)))
        });
        Self(present.collect())
    }
}

impl ProxiedTls {
    fn variable(&self, name: &str) -> Option<&[u8]> {
        let mut variables = self.0.iter();
        let (_, value) = variables.find(|(known, _)| *known == name)?;
        Some(value)
    }
}
