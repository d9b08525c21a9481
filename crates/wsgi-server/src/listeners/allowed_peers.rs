//! The peers that may connect to a listening socket.

use std::{env, ffi::OsStr, io, net::SocketAddr, sync::Arc};

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
        let network = |address: &str| address.trim().parse().ok();
        let text = list.to_str();
        let networks: Option<Vec<Network>> =
            text.and_then(|text| text.split(',').map(network).collect());
        match networks {
            Some(networks) => Ok(Self(Arc::new(networks))),
            None => {
                let problem = format!("{WEB_SERVERS} is not a list of IP addresses: {list:?}");
                Err(io::Error::new(io::ErrorKind::InvalidInput, problem))
            }
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
