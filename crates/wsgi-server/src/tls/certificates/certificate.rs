//! A certificate with its key.

use std::{sync::Arc, time::SystemTime};

use rustls::{Error, InconsistentKeys, crypto::CryptoProvider, sign::CertifiedKey};
use x509_cert::{
    Certificate as Parsed,
    der::Decode,
    ext::pkix::{SubjectAltName, name::GeneralName},
};

use crate::tls::{
    error::{TlsError, TlsErrorKind},
    pem::Pem,
};

/// A certificate with its key.
#[derive(Debug)]
pub(crate) struct Certificate {
    pub(crate) certified: Arc<CertifiedKey>,
    /// The DNS names that it is for, in small letters. `*` may be the first label.
    pub(crate) names: Vec<String>,
    /// The end of its validity.
    pub(crate) expires_at: SystemTime,
}

impl Certificate {
    /// Reads a chain, which begins with the certificate, and its key.
    pub(crate) fn load(
        chain: &Pem,
        key: &Pem,
        provider: &CryptoProvider,
    ) -> Result<Self, TlsError> {
        let certificates = chain.certificates()?;
        let unusable = |problem: String| {
            let text = format!("{chain}: the certificate cannot be used: {problem}");
            chain.error(TlsErrorKind::Certificate, text)
        };
        let parsed = Parsed::from_der(&certificates[0])
            .map_err(|error| unusable(error.to_string()).caused_by(error))?;
        let names = names(&parsed).map_err(|error| unusable(error.to_string()).caused_by(error))?;
        let expires_at = parsed.tbs_certificate().validity().not_after;
        let signing = provider.key_provider.load_private_key(key.key()?);
        let signing = signing.map_err(|error| {
            let text = format!(
                "{key}: the private key cannot be used: {error}; RSA with 2048 to 8192 bits, \
                 ECDSA with P-256 or P-384, and Ed25519 can"
            );
            key.error(TlsErrorKind::Key, text).caused_by(error)
        })?;
        let certified = CertifiedKey::new(certificates, signing);
        match certified.keys_match() {
            Ok(()) | Err(Error::InconsistentKeys(InconsistentKeys::Unknown)) => {}
            Err(error @ Error::InconsistentKeys(_)) => {
                let text = format!(
                    "{key}: the private key does not belong to the first certificate of {chain}: \
                     give the key of that certificate, and let the chain begin with the server's \
                     own one"
                );
                return Err(key.error(TlsErrorKind::KeyMismatch, text).caused_by(error));
            }
            Err(error) => return Err(unusable(error.to_string()).caused_by(error)),
        }
        Ok(Self {
            certified: Arc::new(certified),
            names,
            expires_at: expires_at.to_system_time(),
        })
    }
}

/// The DNS names that a certificate is for (RFC 9525 section 6.1). The common name of its subject
/// does not count.
fn names(parsed: &Parsed) -> Result<Vec<String>, x509_cert::der::Error> {
    let extension = parsed.tbs_certificate().get_extension::<SubjectAltName>()?;
    let names = extension.map_or(Vec::new(), |(_, names)| names.0);
    let names = names.iter().filter_map(|name| match name {
        GeneralName::DnsName(name) => Some(name.as_str().to_ascii_lowercase()),
        _ => None,
    });
    Ok(names.collect())
}
