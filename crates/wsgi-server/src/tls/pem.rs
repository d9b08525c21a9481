//! PEM files.

use std::{fs, path::Path};

use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

use crate::tls::error::{Place, TlsError, TlsErrorKind};

/// The certificates of a file, in their order; at least one.
pub(crate) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let refuse = |error: rustls_pki_types::pem::Error| pem_error(path, error);
    let found = CertificateDer::pem_slice_iter(&read(path)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(refuse)?;
    match found.is_empty() {
        true => Err(refuse(rustls_pki_types::pem::Error::NoItemsFound)),
        false => Ok(found),
    }
}

/// The first key of a file.
pub(crate) fn key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_slice(&read(path)?).map_err(|error| pem_error(path, error))
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    let place = || Place::File(path.to_owned());
    fs::read(path).map_err(|error| TlsError::new(TlsErrorKind::Unreadable, place(), error))
}

fn pem_error(path: &Path, error: rustls_pki_types::pem::Error) -> TlsError {
    TlsError::new(TlsErrorKind::Pem, Place::File(path.to_owned()), error)
}
