//! A server of `tests/peers` or nginx, while it runs.

use std::net::SocketAddr;

use super::{nginx::Nginx, peer::Server, process::Process};

/// A running contender.
pub(super) enum Running {
    Peer(Server),
    Nginx(Nginx),
}

impl Running {
    pub(super) fn address(&self) -> SocketAddr {
        match self {
            Self::Peer(server) => server.address,
            Self::Nginx(nginx) => nginx.address,
        }
    }

    pub(super) fn process(&self) -> Process {
        match self {
            Self::Peer(server) => server.process(),
            Self::Nginx(nginx) => nginx.process(),
        }
    }
}
