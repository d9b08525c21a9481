//! The address of Redis, and one connection to it.

use redis::{
    Client, Cmd, Connection, ErrorKind, RedisError, RedisResult, ServerErrorKind, Value,
    cluster::{ClusterClient, ClusterClientBuilder, ClusterConnection},
    cluster_routing::{RoutingInfo, SingleNodeRoutingInfo},
};

use super::{direct::Direct, scripts::Call};
use crate::{
    store_error::StoreError,
    stores::{
        pool::{Broken, Fault, Server},
        turn::Turn,
    },
};

/// The address of Redis.
pub(super) struct Address {
    servers: Servers,
    /// Whether it is certain where a password in the URL ends.
    is_clear: bool,
}

enum Servers {
    Single(Box<Client>),
    Cluster(Cluster),
}

pub(super) struct Cluster {
    nodes: Vec<String>,
    #[cfg(feature = "redis-tls")]
    certificates: Option<redis::TlsCertificates>,
}

/// A connection to one server, or to the nodes of a cluster. The client's own connections wait for
/// an answer only once. If a turn has more time after that, it goes on with another connection.
pub(super) enum Link {
    Direct(Box<Direct>),
    Single(Box<Connection>),
    Cluster(Box<ClusterConnection>),
}

impl Address {
    pub(super) fn parse(url: &str) -> RedisResult<Self> {
        Ok(Self {
            servers: Servers::parse(url)?,
            is_clear: is_clear(url),
        })
    }

    pub(super) fn is_cluster(&self) -> bool {
        matches!(self.servers, Servers::Cluster(_))
    }

    /// Returns the same address, which trusts only the certificates in `pem`.
    #[cfg(feature = "redis-tls")]
    pub(super) fn vouched_for_by(self, pem: &[u8]) -> RedisResult<Self> {
        Ok(Self {
            servers: self.servers.vouched_for_by(pem)?,
            ..self
        })
    }
}

impl Servers {
    fn parse(url: &str) -> RedisResult<Self> {
        let (scheme, rest) = url.split_once("://").unwrap_or_default();
        if is_tls(url) {
            prepare_tls();
        }
        let Some(scheme) = scheme.strip_suffix("-cluster") else {
            return Client::open(url).map(Box::new).map(Self::Single);
        };
        let (user, nodes) = rest.rsplit_once('@').unwrap_or(("", rest));
        let at = if user.is_empty() { "" } else { "@" };
        let node = |node: &str| format!("{scheme}://{user}{at}{node}");
        let nodes: Vec<_> = nodes.split(',').map(node).collect();
        ClusterClient::new(nodes.clone())?;
        Ok(Self::Cluster(Cluster {
            nodes,
            #[cfg(feature = "redis-tls")]
            certificates: None,
        }))
    }

    #[cfg(feature = "redis-tls")]
    fn vouched_for_by(self, pem: &[u8]) -> RedisResult<Self> {
        const CERTIFICATE: &[u8] = b"-----BEGIN CERTIFICATE-----";
        if !pem.windows(CERTIFICATE.len()).any(|at| at == CERTIFICATE) {
            let problem = "the PEM contains no certificate";
            return Err((ErrorKind::InvalidClientConfig, problem).into());
        }
        let certificates = redis::TlsCertificates {
            client_tls: None,
            root_cert: Some(pem.to_vec()),
        };
        Ok(match self {
            Self::Single(client) => {
                let address = client.get_connection_info().clone();
                Self::Single(Box::new(Client::build_with_tls(address, certificates)?))
            }
            Self::Cluster(cluster) => {
                // The client would silently mix nodes with and without TLS.
                if !cluster.nodes.iter().all(|node| is_tls(node)) {
                    let problem = "certificates need a cluster URL over TLS";
                    return Err((ErrorKind::InvalidClientConfig, problem).into());
                }
                let cluster = Cluster {
                    certificates: Some(certificates),
                    ..cluster
                };
                cluster.builder().build()?;
                Self::Cluster(cluster)
            }
        })
    }

    fn link(&self, turn: &Turn<'_>) -> RedisResult<Link> {
        match self {
            Self::Single(client) if !is_over_tls(client) => {
                let connection = Direct::connect(client.get_connection_info(), turn)?;
                Ok(Link::Direct(Box::new(connection)))
            }
            Self::Single(client) => {
                let connection = client.get_connection_with_timeout(turn.patience_once()?)?;
                Ok(Link::Single(Box::new(connection)))
            }
            Self::Cluster(cluster) => {
                let timeout = turn.patience_once()?;
                let builder = cluster
                    .builder()
                    .connection_timeout(timeout)
                    .response_timeout(timeout)
                    // Repetitions by the client could not be told from first attempts. The pool
                    // repeats instead.
                    .retries(0);
                let connection = builder.build()?.get_connection()?;
                Ok(Link::Cluster(Box::new(connection)))
            }
        }
    }
}

impl Cluster {
    fn builder(&self) -> ClusterClientBuilder {
        let builder = ClusterClient::builder(self.nodes.clone());
        #[cfg(feature = "redis-tls")]
        if let Some(certificates) = &self.certificates {
            return builder.certs(certificates.clone());
        }
        builder
    }
}

impl Server for Address {
    type Connection = Link;

    fn name(&self) -> String {
        match &self.servers {
            Servers::Single(_) if !self.is_clear => "Redis at ...".to_owned(),
            Servers::Cluster(_) if !self.is_clear => "the Redis cluster at ...".to_owned(),
            Servers::Single(client) => {
                format!("Redis at {}", client.get_connection_info().addr())
            }
            Servers::Cluster(cluster) => {
                let nodes = cluster.nodes.iter().map(|node| {
                    let (_, place) = node.split_once("://").unwrap_or_default();
                    let place = place.split(['?', '#']).next().unwrap_or_default();
                    place.rsplit_once('@').map_or(place, |(_, place)| place)
                });
                let nodes: Vec<_> = nodes.collect();
                format!("the Redis cluster at {}", nodes.join(", "))
            }
        }
    }

    fn connect(&self, turn: &mut Turn<'_>) -> Result<Link, Broken> {
        self.servers.link(turn).map_err(|error| {
            let fault = if error.is_connection_dropped()
                || error.is_connection_refusal()
                || is_refused_for_now(&error)
            {
                Fault::Severed
            } else {
                fault(&error, turn)
            };
            Broken {
                fault,
                may_be_done: false,
                cause: error.into(),
            }
        })
    }
}

impl Link {
    /// Sends a request and waits for its answer. Takes two round trips if Redis does not know the
    /// script yet.
    pub(super) fn ask(
        &mut self,
        call: &Call,
        turn: &Turn<'_>,
    ) -> Result<Result<Value, StoreError>, Broken> {
        let answer = match (self.send(&call.request, turn), &call.whole) {
            (Err(error), Some(whole)) if error.kind() == ServerErrorKind::NoScript.into() => {
                self.send(whole, turn)
            }
            (answer, _) => answer,
        };
        answer.map(Ok).or_else(|error| refusal(error, turn))
    }

    fn send(&mut self, request: &Cmd, turn: &Turn<'_>) -> RedisResult<Value> {
        match self {
            Self::Direct(connection) => connection.ask(request, turn),
            Self::Single(connection) => {
                let timeout = Some(turn.patience_for_answer()?);
                connection.set_read_timeout(timeout)?;
                connection.set_write_timeout(timeout)?;
                request.query(connection)
            }
            Self::Cluster(connection) => {
                let timeout = Some(turn.patience_for_answer()?);
                connection.set_read_timeout(timeout)?;
                connection.set_write_timeout(timeout)?;
                match request.query(connection) {
                    Err(error) if error.kind() == ServerErrorKind::Ask.into() => {
                        ask_there(connection, request, error)
                    }
                    result => result,
                }
            }
        }
    }
}

/// Asks the node to which a key is moving.
fn ask_there(
    connection: &mut ClusterConnection,
    request: &Cmd,
    error: RedisError,
) -> RedisResult<Value> {
    let there = error.redirect_node().and_then(|(node, _)| {
        let (host, port) = node.rsplit_once(':')?;
        let (host, port) = (host.to_owned(), port.parse().ok()?);
        Some(RoutingInfo::SingleNode(SingleNodeRoutingInfo::ByAddress {
            host,
            port,
        }))
    });
    let Some(there) = there else {
        return Err(error);
    };
    connection
        .route_command(&redis::cmd("ASKING"), there.clone())?
        .extract_error()?;
    connection.route_command(request, there)?.extract_error()
}

/// Converts an error: an answer of the server, or a failure of the connection.
fn refusal<T>(error: RedisError, turn: &Turn<'_>) -> Result<Result<T, StoreError>, Broken> {
    match error.code() {
        _ if is_refused_for_now(&error) => {}
        // Redis has reached its `maxmemory` and evicts nothing.
        Some("OOM") => return Ok(Err(StoreError::Full)),
        // The value under the key is not a string.
        Some("WRONGTYPE") => return Ok(Err(StoreError::Corrupt)),
        Some(_) => return Ok(Err(StoreError::unavailable(error))),
        None => {}
    }
    let is_dropped = error.is_connection_dropped();
    let fault = if is_dropped || is_refused_for_now(&error) {
        Fault::Severed
    } else {
        fault(&error, turn)
    };
    let may_be_done = !is_refused_for_now(&error);
    Err(Broken {
        fault,
        may_be_done,
        cause: error.into(),
    })
}

/// Returns the prospects of another attempt after an error that does not reveal them.
fn fault(error: &RedisError, turn: &Turn<'_>) -> Fault {
    match turn.patience() {
        _ if !error.is_timeout() => Fault::Final,
        Ok(_) => Fault::Slow,
        Err(_) => Fault::Silent,
    }
}

/// Whether an error means that the request was not done, and may succeed at another attempt.
fn is_refused_for_now(error: &RedisError) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ClusterConnectionNotFound
            | ErrorKind::Server(
                ServerErrorKind::BusyLoading
                    | ServerErrorKind::Moved
                    | ServerErrorKind::TryAgain
                    | ServerErrorKind::ClusterDown
                    | ServerErrorKind::MasterDown
                    | ServerErrorKind::ReadOnly
            )
    )
}

/// Whether it is certain where a password in a URL ends. One that has the characters of a URL may
/// reach into what looks like a place or a query, and that of a query into the next node.
fn is_clear(url: &str) -> bool {
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let query = rest.split_once(['?', '#']).map_or("", |(_, query)| query);
    scheme.ends_with("unix") || !query.contains(['@', ','])
}

fn is_over_tls(client: &Client) -> bool {
    let address = client.get_connection_info().addr();
    matches!(address, redis::ConnectionAddr::TcpTls { .. })
}

fn is_tls(url: &str) -> bool {
    let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
    let scheme = scheme.strip_suffix("-cluster").unwrap_or(scheme);
    matches!(scheme, "rediss" | "valkeys")
}

/// Chooses the cryptography for TLS, unless the process has already: ring's.
fn prepare_tls() {
    #[cfg(feature = "redis-tls")]
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Another thread may have been first, which is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

#[cfg(test)]
mod tests {
    use crate::stores::pool::Server as _;

    use super::Address;

    #[test]
    fn a_name_has_no_password() {
        for (url, name) in [
            ("redis://user:hush@h:1/2?protocol=resp3", "Redis at h:1"),
            ("redis+unix:///s?pass=hush", "Redis at /s"),
            (
                "redis-cluster://user:hush@h:1,i:2?pass=hush",
                "the Redis cluster at h:1, i:2",
            ),
            // Nobody can tell where these end.
            ("redis://user:12?34@h:1", "Redis at ..."),
            ("redis://user:12#34@h:1", "Redis at ..."),
            ("redis-cluster://user:12?34@h:1", "the Redis cluster at ..."),
            ("redis-cluster://h:1?pass=hu,sh", "the Redis cluster at ..."),
            ("redis+unix:///s?pass=hu@sh", "Redis at /s"),
        ] {
            let address = Address::parse(url).unwrap();
            assert_eq!(address.name(), name);
        }
    }
}
