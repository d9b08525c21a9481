//! Sockets that a front server has started this process with.

use std::{env, ffi::OsStr, io};

use crate::{
    listeners::{allowed_peers::AllowedPeers, listener::Listener},
    protocol::Protocol,
};

/// The environment variable that names the web servers which may connect to a FastCGI application
/// (FastCGI Specification section 3.2).
const WEB_SERVERS: &str = "FCGI_WEB_SERVER_ADDRS";

impl Listener {
    /// The listening sockets that this process was started with: one in place of
    /// [standard input](Listener::stdin), which speaks FastCGI, or else those of a
    /// [service manager](Listener::inherited). The list is empty if there are none.
    ///
    /// If the environment variable `FCGI_WEB_SERVER_ADDRS` is set, which is a list of IP addresses
    /// with commas, only web servers at these addresses [may connect](Listener::allow) to the
    /// socket that speaks FastCGI, if it is one of TCP (FastCGI Specification section 3.2). To a
    /// Unix socket, the permissions of its file decide who may, as in applications with libfcgi,
    /// although the specification has connections without TCP closed.
    ///
    /// Needs the feature `fastcgi`.
    ///
    /// ```
    /// use wsgi_application::{Body, application};
    /// use wsgi_server::{Listener, Server};
    ///
    /// let mut builder = Server::builder();
    /// let passed = Listener::passed()?;
    /// if passed.is_empty() {
    ///     builder = builder.bind("127.0.0.1:0")?;
    /// }
    /// for listener in passed {
    ///     builder = builder.listener(listener);
    /// }
    /// let server = builder.build(application(|_environ, _start_response| Ok(Body::empty())))?;
    /// assert_eq!(server.local_addrs().len(), 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`inherited`](Listener::inherited) and [`stdin`](Listener::stdin), or
    /// `FCGI_WEB_SERVER_ADDRS` is not a list of IP addresses.
    pub fn passed() -> io::Result<Vec<Self>> {
        match Self::stdin()? {
            Some(listener) => {
                let allowed = web_servers()?;
                let listener = listener.protocol(Protocol::FastCgi);
                Ok(vec![Self {
                    allowed,
                    ..listener
                }])
            }
            None => Self::inherited(),
        }
    }
}

/// The web servers that the environment of this process names.
fn web_servers() -> io::Result<AllowedPeers> {
    match env::var_os(WEB_SERVERS) {
        None => Ok(AllowedPeers::default()),
        Some(list) => parse(&list),
    }
}

/// The addresses in a list with commas. An empty list is not the same as none.
fn parse(list: &OsStr) -> io::Result<AllowedPeers> {
    let peers = list.to_str().and_then(AllowedPeers::of_list);
    peers.ok_or_else(|| {
        let problem = format!("{WEB_SERVERS} is not a list of IP addresses: {list:?}");
        io::Error::new(io::ErrorKind::InvalidInput, problem)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_servers_are_a_list_of_addresses() {
        let allowed = parse("199.170.183.28, ::1,10.0.0.0/8".as_ref()).unwrap();
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
            let error = parse(list.as_ref()).unwrap_err();
            assert!(error.to_string().contains(WEB_SERVERS), "{error}");
        }
    }
}
