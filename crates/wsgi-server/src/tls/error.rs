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
/// assert!(error.to_string().starts_with("cannot read /nowhere/cert.pem: "));
/// ```
#[derive(Debug)]
pub struct TlsError {
    kind: TlsErrorKind,
    place: Place,
    source: Option<Box<dyn error::Error + Send + Sync>>,
}

/// The kind of a [`TlsError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TlsErrorKind {
    /// A file cannot be read. The process needs the permission to do so.
    Unreadable,
    /// PEM data are damaged, or contain nothing of what is needed.
    Pem,
    /// A certificate and its key do not belong together, or one of them cannot be used.
    Certificate,
    /// A configuration of one's own does not fit this server: its ALPN has other protocols than
    /// `http/1.1`, or it accepts early data.
    Configuration,
}

/// The place where PEM data are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    File(PathBuf),
    /// Bytes of the program, with their meaning.
    Given(&'static str),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Given(what) => f.write_str(what),
        }
    }
}

impl TlsError {
    pub(crate) fn new(
        kind: TlsErrorKind,
        place: Place,
        source: impl Into<Box<dyn error::Error + Send + Sync>>,
    ) -> Self {
        Self {
            kind,
            place,
            source: Some(source.into()),
        }
    }

    /// The kind of the error.
    #[must_use]
    pub fn kind(&self) -> TlsErrorKind {
        self.kind
    }

    /// The file that the error is about.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match &self.place {
            Place::File(path) => Some(path),
            Place::Given(_) => None,
        }
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TlsErrorKind::Unreadable => write!(f, "cannot read {}", self.place)?,
            _ => self.place.fmt(f)?,
        }
        match &self.source {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }
}

impl error::Error for TlsError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

impl From<TlsError> for io::Error {
    fn from(error: TlsError) -> Self {
        let kind = error.source.as_deref().and_then(|s| s.downcast_ref());
        let kind = kind.map_or(io::ErrorKind::InvalidData, Self::kind);
        Self::new(kind, error)
    }
}
