//! The PROXY protocol on a listener.

use std::net::SocketAddr;

use wsgi_environ::Network;
use wsgi_headers::is_field_value;
use wsgi_proxy_protocol::{Header, Limits, Rejection, Ssl, TlvType};

use crate::listeners::proxies::{NamedClient, ProxiedTls, Proxies, ProxyHeader};

/// The PROXY protocol on a [`Listener`](crate::Listener), versions 1 and 2, and the proxies that
/// speak it. Needs the feature `proxy-protocol`.
///
/// A proxy that passes on bytes, such as HAProxy or a load balancer of TCP connections, hides the
/// address of its client. With this protocol it sends a header first, which names the client. Every
/// connection to the listener must come from a trusted proxy and begin with a header. Others are
/// closed without an answer, and a line in the errors stream says why.
///
/// ```
/// use std::{io::{self, Write}, net::TcpStream};
/// use wsgi_application::{Status, application};
/// use wsgi_server::{Listener, ProxyProtocol, Server};
///
/// let proxies = ProxyProtocol::new().trust("127.0.0.0/8".parse()?);
/// let listener = Listener::bind("127.0.0.1:0")?.proxy_protocol(proxies);
/// let app = application(|environ, start_response| {
///     start_response.start(Status::OK, ())?;
///     Ok(environ.get("REMOTE_ADDR").unwrap().to_string().into())
/// });
/// let server = Server::builder().listener(listener).build(app)?;
///
/// let mut proxy = TcpStream::connect(server.local_addr())?;
/// proxy.write_all(b"PROXY TCP4 192.0.2.7 203.0.113.1 50000 80\r\nGET / HTTP/1.0\r\n\r\n")?;
/// server.handle_request()?;
/// assert!(io::read_to_string(proxy)?.ends_with("\r\n\r\n192.0.2.7"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Trust
///
/// Trust only networks in which nobody but proxies can connect to the listener: everybody there
/// can choose the address that a client appears to have. Without a trusted network, a listener is
/// refused when the server is built.
///
/// # The client
///
/// The header decides on these variables of the requests that follow it:
///
/// - `REMOTE_ADDR` and `REMOTE_PORT` are those of the proxy's client. A client of the proxy's Unix
///   socket has an empty address and no port.
/// - `SERVER_ADDR` and `SERVER_PORT` are those that the client connected to. `SERVER_NAME` does not
///   change.
/// - If the proxy says that its client connected over TLS, which HAProxy does with
///   `send-proxy-v2-ssl`, the scheme is `https`, and `HTTPS` is `on`. `SSL_PROTOCOL`, `SSL_CIPHER`
///   and `SSL_TLS_SNI` tell more, if the proxy does. `SSL_CLIENT_VERIFY` is `NONE`, `SUCCESS` or
///   `FAILED`. A verified certificate has its common name in `SSL_CLIENT_S_DN_CN`. If the
///   connection to the listener is itself a TLS connection, these variables describe that one.
///
/// If the proxy speaks for itself (`LOCAL`), for example to check the health of the server, or does
/// not know the client (`UNKNOWN`), the address of the proxy counts.
///
/// A front server that speaks FastCGI, SCGI or uwsgi tells the client's address in its variables.
/// There the header is required and checked, but its addresses, which are those of the front
/// server, are not used.
///
/// # Limits
///
/// The header must be there [`head_timeout`](crate::Builder::head_timeout) after the connection was
/// accepted. A header of version 1 has at most 107 bytes; one of version 2 at most
/// [`max_header_bytes`](Self::max_header_bytes).
///
/// The address of the client is the one that the proxy names:
///
/// ```
/// use std::{io::{self, Write}, net::TcpStream};
/// use wsgi_application::{Status, application};
/// use wsgi_server::{ProxyProtocol, Server};
///
/// let app = application(|environ, start_response| {
///     let address = environ.get("REMOTE_ADDR").unwrap().to_string();
///     start_response.start(Status::OK, ())?;
///     Ok(address.into())
/// });
/// let proxies = ProxyProtocol::new().trust("127.0.0.0/8".parse()?);
/// let server = Server::builder()
///     .bind("127.0.0.1:0")?
///     .proxy_protocol(proxies.trust_unix(false).max_header_bytes(4_096))
///     .build(app)?;
/// let mut proxy = TcpStream::connect(server.local_addr())?;
/// proxy.write_all(b"PROXY TCP4 192.0.2.7 203.0.113.1 56324 443\r\nGET / HTTP/1.0\r\n\r\n")?;
/// server.handle_request()?;
/// assert!(io::read_to_string(proxy)?.ends_with("\r\n\r\n192.0.2.7"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ProxyProtocol {
    networks: Vec<Network>,
    trusts_unix: bool,
    limits: Limits,
}

impl ProxyProtocol {
    /// Creates the settings of a listener that trusts nobody yet.
    pub fn new() -> Self {
        Self {
            networks: Vec::new(),
            trusts_unix: false,
            limits: Limits::new(),
        }
    }

    /// Trusts the proxies in a network, in addition to others.
    pub fn trust(mut self, network: Network) -> Self {
        self.networks.push(network);
        self
    }

    /// Sets whether the peers of a Unix socket are trusted proxies; by default they are not.
    pub fn trust_unix(mut self, trusts_unix: bool) -> Self {
        self.trusts_unix = trusts_unix;
        self
    }

    /// Limits a header of version 2 to this number of bytes; by default 1,024. Every byte that a
    /// proxy adds about its client, such as the name of its certificate, counts.
    pub fn max_header_bytes(mut self, bytes: usize) -> Self {
        self.limits = self.limits.max_header_bytes(bytes);
        self
    }
}

impl Proxies for ProxyProtocol {
    fn trusts(&self, address: Option<SocketAddr>) -> bool {
        let Some(address) = address else {
            return self.trusts_unix;
        };
        let mut networks = self.networks.iter();
        networks.any(|network| network.contains(address.ip()))
    }

    fn trusts_any(&self, is_unix: bool) -> bool {
        match is_unix {
            true => self.trusts_unix,
            false => !self.networks.is_empty(),
        }
    }

    fn header_limit(&self) -> usize {
        self.limits.header_limit()
    }

    fn parse(&self, bytes: &[u8]) -> Result<Option<ProxyHeader>, &'static str> {
        let header = Header::parse(bytes, &self.limits).map_err(Rejection::reason)?;
        Ok(header.map(|header| ProxyHeader {
            length: header.length(),
            client: named_client(&header),
        }))
    }
}

fn named_client(header: &Header<'_>) -> Option<NamedClient> {
    let addresses = header.addresses()?;
    let ssl = header.ssl().filter(Ssl::is_tls);
    Some(NamedClient {
        source: addresses.source(),
        destination: addresses.destination(),
        tls: ssl.map(|ssl| proxied_tls(&ssl, header)),
    })
}

fn proxied_tls(ssl: &Ssl<'_>, header: &Header<'_>) -> ProxiedTls {
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
        ("SSL_TLS_SNI", header.tlv(TlvType::AUTHORITY)),
        ("SSL_CLIENT_VERIFY", Some(verified.as_bytes())),
        ("SSL_CLIENT_S_DN_CN", common_name),
    ];
    // Clients choose some of the values. Applications may write them to logs and fields.
    let present = all.into_iter().filter_map(|(name, value)| {
        let value = value.filter(|value| !value.is_empty() && is_field_value(value))?;
        Some((name, Box::from(value)))
    });
    ProxiedTls(present.collect())
}

impl Default for ProxyProtocol {
    fn default() -> Self {
        Self::new()
    }
}
