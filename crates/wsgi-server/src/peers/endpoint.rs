//! One end of a connection, as variables.

use std::{net::SocketAddr, sync::OnceLock};

/// The address and port of one end of a connection, as variables. Both are empty for a Unix socket.
/// Their texts are made when they are first asked for, since many a request asks for neither.
#[derive(Debug, Default)]
pub(crate) struct Endpoint {
    at: Option<SocketAddr>,
    address: OnceLock<Box<str>>,
    port: OnceLock<Box<str>>,
}

impl Endpoint {
    /// The end with this address, or at a Unix socket.
    pub(crate) fn new(at: Option<SocketAddr>) -> Self {
        Self {
            at,
            ..Self::default()
        }
    }

    /// The address. Empty for a Unix socket.
    pub(crate) fn address(&self) -> &[u8] {
        // A socket for both families shows the address of an IPv4 client as IPv6.
        let text = |at: SocketAddr| at.ip().to_canonical().to_string();
        let address = self
            .address
            .get_or_init(|| self.at.map(text).unwrap_or_default().into());
        address.as_bytes()
    }

    /// The port. `None` for a Unix socket.
    pub(crate) fn port(&self) -> Option<&[u8]> {
        let port = self.at?.port();
        let text = self.port.get_or_init(|| port.to_string().into());
        Some(text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_has_the_texts_of_its_address_and_port_and_a_unix_socket_has_none() {
        for (at, address, port) in [
            ("192.0.2.7:56324", "192.0.2.7", "56324"),
            ("[2001:db8::1]:80", "2001:db8::1", "80"),
            ("[::ffff:192.0.2.7]:1", "192.0.2.7", "1"),
        ] {
            let endpoint = Endpoint::new(Some(at.parse().unwrap()));
            for _ in 0..2 {
                assert_eq!(endpoint.address(), address.as_bytes());
                assert_eq!(endpoint.port(), Some(port.as_bytes()));
            }
        }
        let unix = Endpoint::new(None);
        assert_eq!((unix.address(), unix.port()), (&b""[..], None));
    }
}
