//! The peers that may connect to a listening socket.

use std::{env, ffi::OsStr, fmt, io, net::SocketAddr, sync::Arc};

use wsgi_environ::Network;

/// The environment variable that names the web servers which may connect to a FastCGI application
/// (FastCGI Specification section 3.2).
const WEB_SERVERS: &str = "FCGI_WEB_SERVER_ADDRS";

/// The networks whose peers may connect by TCP. Without any, everybody may.
#[derive(Clone, Debug, Default)]
pub(crate) struct AllowedPeers(Arc<Vec<Network>>);

impl AllowedPeers {
    /// The web servers that the environment of this process names.
    pub(super) fn web_servers() -> io::Result<Self> {
        match env::var_os(WEB_SERVERS) {
            None => Ok(Self::default()),
            Some(list) => Self::parse(&list),
        }
    }

    /// The addresses in a list with commas. An empty list is not the same as none.
    fn parse(list: &OsStr) -> io::Result<Self> {
        let peers = list.to_str().and_then(Self::of_list);
        peers.ok_or_else(|| {
            let problem = format!("{WEB_SERVERS} is not a list of IP addresses: {list:?}");
            io::Error::new(io::ErrorKind::InvalidInput, problem)
        })
    }

    fn of_list(list: &str) -> Option<Self> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_servers_are_a_list_of_addresses() {
        let allowed = AllowedPeers::parse("199.170.183.28, ::1,10.0.0.0/8".as_ref()).unwrap();
        for (address, is_allowed) in [
            ("199.170.183.28:1", true),
            ("[::ffff:199.170.183.28]:1", true),
            ("199.170.183.29:1", false),
            ("[::1]:1", true),
            ("[::2]:1", false),
            ("10.1.2.3:1", true),
        ] {
            let peer = address.parse().unwrap();
            assert_eq!(allowed.contains(Some(peer)), is_allowed, "{address}");
        }
        assert!(allowed.contains(None), "it is at a Unix socket");
        let everybody = AllowedPeers::default();
        assert!(everybody.contains(Some("192.0.2.7:1".parse().unwrap())));
    }

    #[test]
    fn another_list_is_an_error() {
        for list in [
            "",
            ",",
            "::1,",
            "localhost",
            "127.0.0.1;127.0.0.2",
            "127.0.0.1:80",
        ] {
            let error = AllowedPeers::parse(list.as_ref()).unwrap_err();
            assert!(error.to_string().contains(WEB_SERVERS), "{error}");
        }
    }
}
