//! The check of client certificates.

use std::sync::Arc;

use ring::digest::{Context, SHA256, digest};
use rustls::{
    Error, RootCertStore,
    crypto::CryptoProvider,
    server::{WebPkiClientVerifier, danger::ClientCertVerifier},
    time_provider::TimeProvider,
};
use rustls_pki_types::CertificateDer;

use crate::tls::{
    clients::client_auth::ClientAuth,
    error::{TlsError, TlsErrorKind},
    pem::Pem,
};

/// The check of client certificates: by which authorities and revocation lists, and whether a
/// client needs one.
#[derive(Debug)]
pub(crate) struct Verifier {
    pub(crate) webpki: Arc<dyn ClientCertVerifier>,
    /// A digest of all that decides who may connect. Sessions are resumed only under the same.
    pub(crate) digest: [u8; 32],
    clock: Arc<dyn TimeProvider>,
}

impl Verifier {
    pub(crate) fn load(
        authorities: &[Pem],
        crls: &[Pem],
        mode: ClientAuth,
        provider: &Arc<CryptoProvider>,
        clock: &Arc<dyn TimeProvider>,
    ) -> Result<Self, TlsError> {
        let mut roots = RootCertStore::empty();
        let mut parts = Vec::new();
        for pem in authorities {
            for certificate in pem.certificates()? {
                parts.push(part(b'a', &certificate));
                roots.add(certificate).map_err(|error| {
                    let text = format!("{pem}: an authority's certificate cannot be used: {error}");
                    pem.error(TlsErrorKind::Authority, text).caused_by(error)
                })?;
            }
        }
        let roots = Arc::new(roots);
        let builder =
            || WebPkiClientVerifier::builder_with_provider(roots.clone(), provider.clone());
        let mut lists = Vec::new();
        for pem in crls {
            let found = pem.crls()?;
            // Checked by file, so that an error can name it.
            builder()
                .with_crls(found.clone())
                .build()
                .map_err(|error| {
                    let text = format!("{pem}: a revocation list cannot be used: {error}");
                    pem.error(TlsErrorKind::Authority, text).caused_by(error)
                })?;
            parts.extend(found.iter().map(|list| part(b'r', list)));
            lists.extend(found);
        }
        let mut verifier = builder().with_crls(lists).enforce_revocation_expiration();
        if mode == ClientAuth::Optional {
            verifier = verifier.allow_unauthenticated();
        }
        let webpki = verifier.build().map_err(|error| {
            let text = format!("client certificates cannot be checked: {error}");
            TlsError::new(TlsErrorKind::Authority, None, text).caused_by(error)
        })?;
        Ok(Self {
            webpki,
            digest: total(mode, parts),
            clock: clock.clone(),
        })
    }

    /// Checks again the client's certificates that came with a resumed session, if there are any.
    /// rustls checks them only in a full handshake. They may have expired since the session began,
    /// and each resumption would prolong their use.
    ///
    /// # Errors
    ///
    /// They are no longer valid, or the system does not tell the time.
    pub(crate) fn check_again(&self, chain: &[CertificateDer<'_>]) -> Result<(), Error> {
        let Some((certificate, intermediates)) = chain.split_first() else {
            return Ok(());
        };
        let now = self.clock.current_time();
        let now = now.ok_or(Error::FailedToGetCurrentTime)?;
        let checked = self
            .webpki
            .verify_client_cert(certificate, intermediates, now);
        checked.map(|_| ())
    }
}

/// The digest of one certificate or list, with its kind in front.
fn part(kind: u8, der: &[u8]) -> [u8; 33] {
    let mut part = [kind; 33];
    part[1..].copy_from_slice(digest(&SHA256, der).as_ref());
    part
}

/// The digest of all parts. Their order and repetitions do not matter.
fn total(mode: ClientAuth, mut parts: Vec<[u8; 33]>) -> [u8; 32] {
    parts.sort_unstable();
    parts.dedup();
    let mut context = Context::new(&SHA256);
    context.update(match mode {
        ClientAuth::Optional => b"optional",
        ClientAuth::Required => b"required",
    });
    parts.iter().for_each(|part| context.update(part));
    let mut total = [0; 32];
    total.copy_from_slice(context.finish().as_ref());
    total
}
