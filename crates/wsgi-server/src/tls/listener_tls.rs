//! The TLS setup of one listener.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::ServerConfig;

use crate::tls::clients::verifier::Verifier;

/// The TLS setup of one listener. It is cheap to clone: a clone is a handle to the same one.
#[derive(Clone, Debug)]
pub(crate) struct ListenerTls {
    slot: Arc<Slot>,
}

impl ListenerTls {
    pub(crate) fn new(slot: &Arc<Slot>) -> Self {
        Self { slot: slot.clone() }
    }

    /// The present terms, for one connection.
    pub(crate) fn terms(&self) -> Terms {
        self.slot.terms().clone()
    }
}

/// The terms of a connection.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(crate) config: Arc<ServerConfig>,
    /// The check of client certificates, if there is one and it is not in a configuration of the
    /// user's own.
    pub(crate) verifier: Option<Arc<Verifier>>,
}

/// The place of a listener's present terms.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) listener: String,
    terms: Mutex<Terms>,
}

impl Slot {
    pub(crate) fn new(listener: &str, terms: Terms) -> Self {
        Self {
            listener: listener.to_owned(),
            terms: Mutex::new(terms),
        }
    }

    pub(crate) fn set(&self, terms: Terms) {
        *self.terms() = terms;
    }

    fn terms(&self) -> MutexGuard<'_, Terms> {
        self.terms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
