//! The reasons why a TLS setup is refused.

use std::{
    error, fmt, io,
    path::{Path, PathBuf},
};

/// The reason why a TLS setup is refused. Its text is for operators: it names the file, and says
/// what to do.
///
/// ```
/// use wsgi_server::{Tls, TlsErrorKind};
///
/// let error = Tls::from_pem_files("/nowhere/cert.pem", "/nowhere/key.pem").unwrap_err();
/// assert_eq!(error.kind(), TlsErrorKind::Unreadable);
/// assert_eq!(error.path().unwrap().to_str(), Some("/nowhere/cert.pem"));
/// assert!(error.to_string().starts_with("cannot read /nowhere/cert.pem: "));
/// ```
#[derive(Debug)]
pub struct TlsError {
    kind: TlsErrorKind,
    path: Option<PathBuf>,
    text: String,
    source: Option<Box<dyn error::Error + Send + Sync>>,
}

/// The kind of a [`TlsError`].
///
/// ```
/// use wsgi_server::{Tls, TlsErrorKind};
///
/// let error = Tls::from_pem_files("/nonexistent/fullchain.pem", "privkey.pem").unwrap_err();
/// assert_eq!(error.kind(), TlsErrorKind::Unreadable);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TlsErrorKind {
    /// A file cannot be read. It must exist, and the process needs the permission to read it.
    Unreadable,
    /// A file of ticket keys can be read or changed by others. Give it the mode 0600.
    Exposed,
    /// PEM data are damaged, or contain nothing of the kind that is needed.
    Pem,
    /// A certificate cannot be used, or it has no DNS name by which a client could ask for it.
    Certificate,
    /// A private key cannot be used. RSA with 2048 to 8192 bits, ECDSA with P-256 or P-384, and
    /// Ed25519 can.
    Key,
    /// A private key is encrypted. Decrypt it, and protect its file by permissions.
    EncryptedKey,
    /// A private key does not belong to the first certificate of its chain.
    KeyMismatch,
    /// The certificate or the revocation list of a client authority cannot be used.
    Authority,
    /// A ticket key has the wrong length, or there are none or too many.
    TicketKeys,
    /// The settings contradict each other, or a configuration of one's own does not fit this
    /// server.
    Configuration,
    /// The system provides no random bytes.
    Random,
}

impl TlsError {
    pub(crate) fn new(kind: TlsErrorKind, path: Option<&Path>, text: impl Into<String>) -> Self {
        Self {
            kind,
            path: path.map(Path::to_owned),
            text: text.into(),
            source: None,
        }
    }

    /// An error that no file is the reason of.
    pub(crate) fn configuration(text: &str) -> Self {
        Self::new(TlsErrorKind::Configuration, None, text)
    }

    pub(crate) fn random() -> Self {
        let text = "the system provides no random bytes for ticket keys";
        Self::new(TlsErrorKind::Random, None, text)
    }

    /// An error of a file that the system does not let this process read.
    pub(crate) fn unreadable(path: &Path, error: io::Error) -> Self {
        let mut text = format!("cannot read {}: {error}", path.display());
        if error.kind() == io::ErrorKind::PermissionDenied {
            text.push_str("; the user of this process needs the permission to read it");
        }
        Self::new(TlsErrorKind::Unreadable, Some(path), text).caused_by(error)
    }

    /// Adds the error that is the cause. The text already says it.
    pub(crate) fn caused_by(self, error: impl error::Error + Send + Sync + 'static) -> Self {
        Self {
            source: Some(Box::new(error)),
            ..self
        }
    }

    /// The kind of the error.
    #[must_use]
    pub fn kind(&self) -> TlsErrorKind {
        self.kind
    }

    /// The file that must be mended, if it is one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl error::Error for TlsError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// An error of the kind that the system gave, or else of kind
/// [`InvalidInput`](io::ErrorKind::InvalidInput).
impl From<TlsError> for io::Error {
    fn from(error: TlsError) -> Self {
        let source = error.source.as_deref();
        let system = source.and_then(|source| source.downcast_ref::<Self>());
        let kind = system.map_or(io::ErrorKind::InvalidInput, Self::kind);
        Self::new(kind, error)
    }
}
