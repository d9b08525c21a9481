//! What a server calls itself.

use crate::listeners::{address::Address, listener::Listener};

/// `SERVER_NAME` and `SERVER_PORT`, of the first address on TCP: the host as it
/// was given, else the address, else the name of this machine, where the address
/// is every interface. Who comes by a Unix socket comes from this machine.
pub(crate) fn server_name(listeners: &[Listener], addresses: &[Address]) -> (String, u16) {
    let first = addresses
        .iter()
        .zip(listeners)
        .find_map(|(address, listener)| Some((address.tcp()?, listener.host.as_deref())));
    match first {
        None => ("localhost".to_owned(), 80),
        Some((address, _)) if address.ip().is_unspecified() => {
            let machine = rustix::system::uname();
            let name = machine.nodename().to_string_lossy().into_owned();
            (name, address.port())
        }
        Some((address, Some(host))) if !host.is_empty() => (host.to_owned(), address.port()),
        Some((address, _)) => (address.ip().to_string(), address.port()),
    }
}
