//! TLS to the upstream server: whom it trusts.

use std::{
    io,
    sync::{Arc, OnceLock},
    time::Duration,
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};

use crate::{invalid_upstream::InvalidUpstream, plain_socket::PlainSocket, tls_socket::TlsSocket};

/// Whether a certificate can be for a host: a name of DNS or an IP address.
pub(crate) fn may_have_certificate(host: &str) -> bool {
    ServerName::try_from(host).is_ok()
}

/// The authorities whose certificates are trusted.
#[derive(Clone, Debug)]
pub(crate) enum ClientTls {
    /// Those of the system, once they were read.
    System(Arc<OnceLock<Arc<ClientConfig>>>),
    /// These alone.
    Given(Arc<ClientConfig>),
}

impl ClientTls {
    /// Trusts the authorities of the system.
    pub(crate) fn of_system() -> Self {
        Self::System(Arc::default())
    }

    /// Trusts the authorities, or the servers, whose certificates are in a PEM file.
    pub(crate) fn of_pem(pem: &[u8]) -> Result<Self, InvalidUpstream> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|_| InvalidUpstream::Certificates)?;
            let added = roots.add(certificate);
            added.map_err(|_| InvalidUpstream::Certificates)?;
        }
        if roots.is_empty() {
            return Err(InvalidUpstream::Certificates);
        }
        let config = config(roots).map_err(|_| InvalidUpstream::Certificates)?;
        Ok(Self::Given(config))
    }

    /// Shakes hands with the server of a host, within a time.
    pub(crate) fn connect(
        &self,
        socket: PlainSocket,
        host: &str,
        timeout: Duration,
    ) -> io::Result<TlsSocket> {
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let session = ClientConnection::new(self.config()?, name).map_err(io::Error::other)?;
        TlsSocket::shake_hands(socket, session, timeout)
    }

    fn config(&self) -> io::Result<Arc<ClientConfig>> {
        let read = match self {
            Self::Given(config) => return Ok(config.clone()),
            Self::System(read) => read,
        };
        if let Some(config) = read.get() {
            return Ok(config.clone());
        }
        let found = rustls_native_certs::load_native_certs();
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(found.certs);
        if roots.is_empty() {
            let text = "the system has no certificates of authorities";
            return Err(io::Error::new(io::ErrorKind::NotFound, text));
        }
        let config = config(roots).map_err(io::Error::other)?;
        Ok(read.get_or_init(|| config).clone())
    }
}

fn config(roots: RootCertStore) -> Result<Arc<ClientConfig>, rustls::Error> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions()?;
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
