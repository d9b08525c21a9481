//! One end of a connection, as variables.

use std::net::SocketAddr;

/// The address and port of one end of a connection, as variables. Both are empty for a Unix socket.
#[derive(Debug, Default)]
pub(crate) struct Endpoint {
    address: Box<str>,
    port: Box<str>,
}

impl Endpoint {
    /// The end with this address, or at a Unix socket.
    pub(crate) fn new(address: Option<SocketAddr>) -> Self {
        // A socket for both families shows the address of an IPv4 client as IPv6.
        let ip = address.map(|address| address.ip().to_canonical().to_string());
        let port = address.map(|address| address.port().to_string());
        Self {
            address: ip.unwrap_or_default().into(),
            port: port.unwrap_or_default().into(),
        }
    }

    /// The address. Empty for a Unix socket.
    pub(crate) fn address(&self) -> &[u8] {
        self.address.as_bytes()
    }

    /// The port. `None` for a Unix socket.
    pub(crate) fn port(&self) -> Option<&[u8]> {
        (!self.port.is_empty()).then_some(self.port.as_bytes())
    }
}
