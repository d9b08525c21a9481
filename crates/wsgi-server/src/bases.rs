//! The bases of the environs of a listener's requests.

use std::sync::Arc;

use wsgi_environ::Base;

use crate::{
    protocol::Protocol,
    requests::head::{SCHEME, SECURE_SCHEME},
};

/// The variables and settings that all environs of a listener's requests have.
#[derive(Debug, Default)]
pub(crate) struct Bases {
    clear: Arc<Base>,
    /// Those of requests that come by TLS.
    secure: Arc<Base>,
    /// Those of requests of a front server, which knows the scheme.
    gateway: Arc<Base>,
}

impl Bases {
    pub(crate) fn new(base: &Base) -> Self {
        Self {
            clear: Arc::new(base.clone().url_scheme(SCHEME)),
            secure: Arc::new(base.clone().url_scheme(SECURE_SCHEME)),
            gateway: Arc::new(base.clone()),
        }
    }

    /// The base of requests that come by this protocol, and by TLS if `is_secure`.
    #[inline]
    pub(crate) fn get(&self, protocol: Protocol, is_secure: bool) -> &Arc<Base> {
        if protocol.is_gateway() {
            &self.gateway
        } else if is_secure {
            &self.secure
        } else {
            &self.clear
        }
    }
}
