//! The TLS setup of one listener.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::ServerConfig;

/// The TLS setup of one listener. It is cheap to clone: a clone is a handle to the same one.
#[allow(dead_code)] // until connections use it
#[derive(Clone, Debug)]
pub(crate) struct ListenerTls {
    pub(crate) slot: Arc<Slot>,
}

impl ListenerTls {
    /// The present configuration, for one connection.
    #[allow(dead_code)] // until connections use it
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
    pub(crate) fn new(config: Arc<ServerConfig>) -> Self {
        Self {
            config: Mutex::new(config),
        }
    }

    pub(crate) fn set(&self, config: Arc<ServerConfig>) {
        *self.config() = config;
    }

    fn config(&self) -> MutexGuard<'_, Arc<ServerConfig>> {
        self.config.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
