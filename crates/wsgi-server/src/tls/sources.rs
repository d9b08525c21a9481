//! The places where the contents of a setup are read from.

use std::{fmt, sync::Arc};

use rustls::{
    server::ResolvesServerCert,
    time_provider::{DefaultTimeProvider, TimeProvider},
};

use crate::tls::{
    clients::client_auth::ClientAuth, pem::Pem, tickets::keys::TicketKeys, version::TlsVersion,
};

/// The places where the contents of a setup are read from, and its settings.
pub(crate) struct Sources {
    pub(crate) certificates: Vec<(Pem, Pem)>,
    pub(crate) resolver: Option<Arc<dyn ResolvesServerCert>>,
    pub(crate) authorities: Vec<Pem>,
    pub(crate) crls: Vec<Pem>,
    pub(crate) client_auth: Option<ClientAuth>,
    pub(crate) min_version: TlsVersion,
    pub(crate) ticket_keys: Option<TicketKeys>,
    /// The number of tickets after a handshake of TLS 1.3.
    pub(crate) tickets: usize,
    pub(crate) clock: Arc<dyn TimeProvider>,
}

impl Sources {
    pub(crate) fn new() -> Self {
        Self {
            certificates: Vec::new(),
            resolver: None,
            authorities: Vec::new(),
            crls: Vec::new(),
            client_auth: None,
            min_version: TlsVersion::default(),
            ticket_keys: None,
            tickets: 2,
            clock: Arc::new(DefaultTimeProvider),
        }
    }
}

/// The places of the data, without the data.
impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sources")
            .field("certificates", &self.certificates)
            .field("authorities", &self.authorities)
            .field("crls", &self.crls)
            .field("client_auth", &self.client_auth)
            .field("min_version", &self.min_version)
            .field("tickets", &self.tickets)
            .finish_non_exhaustive()
    }
}
