//! The settings of a server, and the application that it serves.

use std::sync::Arc;

use wsgi_environ::{Base, Errors};
use wsgi_gateway::Engine;

use crate::{options::Options, protocol::Protocol, served_application::ServedApplication};

/// The settings of a server, and the application that it serves.
pub(crate) struct Config {
    pub(crate) options: Arc<Options>,
    pub(crate) engine: Engine,
    /// The variables and settings that all environs of HTTP requests have.
    pub(crate) base: Arc<Base>,
    /// The same for requests that come by TLS.
    pub(crate) secure_base: Arc<Base>,
    /// The same for requests of a front server, which knows the scheme.
    pub(crate) gateway_base: Arc<Base>,
    /// The path at which a front server has mounted the application.
    pub(crate) script_name: Option<String>,
    pub(crate) errors: Errors,
    pub(crate) software: String,
    pub(crate) application: ServedApplication,
}

impl Config {
    /// The base of the environs of requests that come by this protocol, and by TLS if
    /// `is_secure`.
    #[inline]
    pub(crate) fn base(&self, protocol: Protocol, is_secure: bool) -> &Arc<Base> {
        if protocol.is_gateway() {
            &self.gateway_base
        } else if is_secure {
            &self.secure_base
        } else {
            &self.base
        }
    }
}
