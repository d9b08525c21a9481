//! The name and port that a server has in the environ.

use crate::listeners::{address::Address, listener::Listener};

/// The values of `SERVER_NAME` and `SERVER_PORT`.
pub(crate) struct ServerName {
    pub(crate) name: String,
    pub(crate) port: u16,
}

impl ServerName {
    /// The name and port of the first address on TCP. The name is the host as it was given, or
    /// else the IP address. If the address stands for every interface, it is the name of this
    /// machine. Without an address on TCP, all clients are on this machine.
    pub(crate) fn new(listeners: &[Listener], addresses: &[Address]) -> Self {
        let first = addresses
            .iter()
            .zip(listeners)
            .find_map(|(address, listener)| Some((address.tcp()?, listener.host.as_deref())));
        let Some((address, host)) = first else {
            return Self {
                name: "localhost".to_owned(),
                port: 80,
            };
        };
        let name = match host {
            _ if address.ip().is_unspecified() => {
                let machine = rustix::system::uname();
                machine.nodename().to_string_lossy().into_owned()
            }
            Some(host) if !host.is_empty() => host.to_owned(),
            _ => address.ip().to_string(),
        };
        Self {
            name,
            port: address.port(),
        }
    }
}
