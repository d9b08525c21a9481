//! The TLS setup of one listener.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::ServerConfig;

use crate::tls::server_name;

/// The TLS setup of one listener. It is cheap to clone: a clone is a handle to the same one.
#[derive(Clone, Debug)]
pub(crate) struct ListenerTls {
    pub(crate) slot: Arc<Slot>,
}

impl ListenerTls {
    /// The present configuration, for one connection.
    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        self.slot.config().clone()
    }
}

/// The place of a listener's present configuration.
#[derive(Debug)]
pub(crate) struct Slot {
    config: Mutex<Arc<ServerConfig>>,
}

impl Slot {
    pub(crate) fn new(config: &Arc<ServerConfig>) -> Self {
        Self {
            config: Mutex::new(adapted(config)),
        }
    }

    pub(crate) fn set(&self, config: &Arc<ServerConfig>) {
        *self.config() = adapted(config);
    }

    fn config(&self) -> MutexGuard<'_, Arc<ServerConfig>> {
        self.config.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A configuration as connections need it.
fn adapted(config: &Arc<ServerConfig>) -> Arc<ServerConfig> {
    let mut config = ServerConfig::clone(config);
    server_name::note_in(&mut config);
    Arc::new(config)
}
