//! The contents of a setup: what its files contained when they were last read.

use std::{sync::Arc, time::SystemTime};

use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, ring},
    server::{NoServerSessionStorage, UnbufferedServerConnection, WebPkiClientVerifier},
};

use crate::tls::{
    certificates::{by_name::ByName, certificate::Certificate},
    clients::verifier::Verifier,
    error::{TlsError, TlsErrorKind},
    listener_tls::Terms,
    server_name,
    sources::Sources,
    tickets::{
        keys::{Fresh, TicketKeys},
        ticketer::Ticketer,
    },
};

/// The protocols that this server speaks over TLS (RFC 7301 section 6), the preferred one first. A
/// client that is told to speak HTTP/1.0 may offer only that.
const ALPN: [&[u8]; 2] = [b"http/1.1", b"http/1.0"];

/// The contents of a setup.
pub(crate) struct Contents {
    /// The configuration, without tickets.
    config: Arc<ServerConfig>,
    /// The keys of tickets, if there are tickets.
    keys: Option<TicketKeys>,
    verifier: Option<Arc<Verifier>>,
    pub(crate) expires_at: Option<SystemTime>,
}

impl Contents {
    /// Reads everything. The keys of tickets are not yet in use.
    pub(crate) fn load(sources: &Sources, keys: &TicketKeys) -> Result<(Self, Fresh), TlsError> {
        let provider = Arc::new(ring::default_provider());
        let fresh = keys.read_again()?;
        let certificates = certificates(sources, &provider)?;
        let verifier = verifier(sources, &provider)?;
        let webpki = match &verifier {
            Some(verifier) => verifier.webpki.clone(),
            None => WebPkiClientVerifier::no_client_auth(),
        };
        let by_name = ByName::new(&certificates, sources.resolver.clone());
        let mut config = ServerConfig::builder_with_details(provider, sources.clock.clone())
            .with_protocol_versions(sources.min_version.and_later())
            .expect("the provider has cipher suites for all versions")
            .with_client_cert_verifier(webpki)
            .with_cert_resolver(Arc::new(by_name));
        config.alpn_protocols = ALPN.map(<[u8]>::to_vec).into();
        // Tickets serve both versions.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = sources.tickets;
        let expiries = certificates.iter().map(|one| one.expires_at);
        let contents = Self {
            config: Arc::new(config),
            keys: (sources.tickets > 0).then(|| keys.clone()),
            verifier: verifier.map(Arc::new),
            expires_at: expiries.min(),
        };
        Ok((contents, fresh))
    }

    /// The contents of a setup of the user's own configuration.
    pub(crate) fn own(config: Arc<ServerConfig>) -> Self {
        Self {
            config,
            keys: None,
            verifier: None,
            expires_at: None,
        }
    }

    /// The terms of connections to the listener with this address.
    pub(crate) fn at(&self, listener: &str) -> Terms {
        let mut config = ServerConfig::clone(&self.config);
        server_name::note_in(&mut config);
        if let Some(keys) = &self.keys {
            let clients = self.verifier.as_ref().map(|verifier| &verifier.digest);
            let clock = config.time_provider.clone();
            config.ticketer = Arc::new(Ticketer::new(keys.clone(), listener, clients, clock));
        }
        Terms {
            config: Arc::new(config),
            verifier: self.verifier.clone(),
        }
    }

    /// Refuses a configuration of the user's own with which clients and this server would
    /// misunderstand each other.
    pub(crate) fn check(&self) -> Result<(), TlsError> {
        let is_foreign = |protocol: &Vec<u8>| !ALPN.contains(&&**protocol);
        if self.config.alpn_protocols.iter().any(is_foreign) {
            let text = "the ALPN of the TLS configuration has protocols that this server does not \
                        speak: leave it empty, or offer only http/1.1 and http/1.0";
            return Err(TlsError::configuration(text));
        }
        if self.config.max_early_data_size > 0 {
            let text = "the TLS configuration accepts early data, which anybody could send again, \
                        and which this server does not read: set max_early_data_size to 0";
            return Err(TlsError::configuration(text));
        }
        let connection = UnbufferedServerConnection::new(self.config.clone());
        connection.map(drop).map_err(|error| {
            let text = format!("nobody can connect by the TLS configuration: {error}");
            TlsError::configuration(&text).caused_by(error)
        })
    }
}

/// The certificates, the default first.
fn certificates(
    sources: &Sources,
    provider: &CryptoProvider,
) -> Result<Vec<Certificate>, TlsError> {
    if sources.certificates.is_empty() && sources.resolver.is_none() {
        let text = "TLS needs a certificate: give the files of one and of its key";
        return Err(TlsError::configuration(text));
    }
    let mut certificates = Vec::new();
    for (chain, key) in &sources.certificates {
        let certificate = Certificate::load(chain, key, provider)?;
        if !certificates.is_empty() && certificate.names.is_empty() {
            let text = format!(
                "{chain}: no client could ask for the certificate, because it has no DNS name \
                 (subjectAltName): only the first certificate, the default, needs none"
            );
            return Err(chain.error(TlsErrorKind::Certificate, text));
        }
        certificates.push(certificate);
    }
    Ok(certificates)
}

/// The check of client certificates, if there is one.
fn verifier(
    sources: &Sources,
    provider: &Arc<CryptoProvider>,
) -> Result<Option<Verifier>, TlsError> {
    let (authorities, crls) = (&sources.authorities, &sources.crls);
    if authorities.is_empty() {
        if sources.client_auth.is_some() || !crls.is_empty() {
            let text = "client certificates cannot be checked without their authorities: give the \
                        file of their certificates";
            return Err(TlsError::configuration(text));
        }
        return Ok(None);
    }
    let mode = sources.client_auth.unwrap_or_default();
    Verifier::load(authorities, crls, mode, provider, &sources.clock).map(Some)
}
