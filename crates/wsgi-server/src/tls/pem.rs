//! PEM data, in a file or in memory.

use std::{borrow::Cow, fmt, fs, io, path::Path, path::PathBuf, sync::Arc};

use rustls_pki_types::{
    CertificateDer, CertificateRevocationListDer, PrivateKeyDer,
    pem::{self, PemObject},
};
use zeroize::Zeroizing;

use crate::tls::error::{TlsError, TlsErrorKind};

/// The beginnings of private keys that need a passphrase (RFC 5958 section 3, and the older form
/// of OpenSSL).
const ENCRYPTED: [&[u8]; 2] = [
    b"-----BEGIN ENCRYPTED PRIVATE KEY-----",
    b"Proc-Type: 4,ENCRYPTED",
];

/// PEM data (RFC 7468), in a file or in memory.
#[derive(Clone)]
pub(crate) enum Pem {
    File(PathBuf),
    /// Bytes that the program gave, and their meaning in error messages.
    Given(&'static str, Arc<Zeroizing<Vec<u8>>>),
}

impl Pem {
    pub(crate) fn file(path: impl AsRef<Path>) -> Self {
        Self::File(path.as_ref().to_owned())
    }

    pub(crate) fn given(meaning: &'static str, bytes: impl AsRef<[u8]>) -> Self {
        Self::Given(meaning, Arc::new(Zeroizing::new(bytes.as_ref().to_vec())))
    }

    /// The certificates, in their order; at least one.
    pub(crate) fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, TlsError> {
        self.all("certificate", "CERTIFICATE")
    }

    /// The certificate revocation lists, in their order; at least one.
    pub(crate) fn crls(&self) -> Result<Vec<CertificateRevocationListDer<'static>>, TlsError> {
        self.all("revocation list", "X509 CRL")
    }

    /// The first private key.
    pub(crate) fn key(&self) -> Result<PrivateKeyDer<'static>, TlsError> {
        let bytes = self.read()?;
        let found = PrivateKeyDer::from_pem_slice(&bytes);
        let is_encrypted = |start: &&[u8]| bytes.windows(start.len()).any(|part| part == *start);
        if found.is_err() && ENCRYPTED.iter().any(is_encrypted) {
            let text = format!(
                "{self}: the private key is encrypted: decrypt it, for example with \
                 `openssl pkey -in ENCRYPTED -out KEY`, and protect it by its permissions"
            );
            return Err(self.error(TlsErrorKind::EncryptedKey, text));
        }
        found.map_err(|error| self.damaged("private key", "PRIVATE KEY", error))
    }

    fn all<T: PemObject>(&self, noun: &str, label: &str) -> Result<Vec<T>, TlsError> {
        let bytes = self.read()?;
        let found = T::pem_slice_iter(&bytes).collect::<Result<Vec<_>, _>>();
        let found = found.and_then(|found| match found.is_empty() {
            true => Err(pem::Error::NoItemsFound),
            false => Ok(found),
        });
        found.map_err(|error| self.damaged(noun, label, error))
    }

    fn damaged(&self, noun: &str, label: &str, error: pem::Error) -> TlsError {
        let text = match error {
            pem::Error::NoItemsFound => {
                format!("{self} contains no {noun} in PEM (\"-----BEGIN {label}-----\")")
            }
            _ => format!("{self} is damaged: {error}"),
        };
        self.error(TlsErrorKind::Pem, text).caused_by(error)
    }

    pub(crate) fn error(&self, kind: TlsErrorKind, text: impl Into<String>) -> TlsError {
        TlsError::new(kind, self.path(), text)
    }

    fn path(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Given(..) => None,
        }
    }

    fn read(&self) -> Result<Cow<'_, Zeroizing<Vec<u8>>>, TlsError> {
        Ok(match self {
            Self::File(path) => Cow::Owned(read(path)?),
            Self::Given(_, bytes) => Cow::Borrowed(bytes),
        })
    }
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, TlsError> {
    let bytes: io::Result<_> = fs::read(path);
    bytes
        .map(Zeroizing::new)
        .map_err(|error| TlsError::unreadable(path, error))
}

/// The path of the file, or the meaning of the bytes.
impl fmt::Display for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Given(meaning, _) => f.write_str(meaning),
        }
    }
}

impl fmt::Debug for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
