//! The settings of a server, with the application that it serves.

use std::sync::Arc;

use wsgi_environ::{Base, Errors};
use wsgi_gateway::Engine;

use crate::{options::Options, protocol::Protocol, site::Site};

/// A server's settings, and the application it serves.
pub(crate) struct Config {
    pub(crate) options: Arc<Options>,
    pub(crate) engine: Engine,
    /// The part that the environs of HTTP requests have in common.
    pub(crate) base: Arc<Base>,
    /// The part that the environs of a front server's requests have in common. The front server
    /// knows the scheme.
    pub(crate) gateway_base: Arc<Base>,
    /// The path at which a front server has mounted the application.
    pub(crate) script_name: Option<String>,
    pub(crate) errors: Errors,
    pub(crate) software: String,
    pub(crate) site: Site,
}

impl Config {
    #[inline]
    pub(crate) fn base(&self, protocol: Protocol) -> &Arc<Base> {
        if protocol.is_gateway() {
            &self.gateway_base
        } else {
            &self.base
        }
    }
}
