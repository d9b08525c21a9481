//! The settings of a TLS setup.

use std::path::{Path, PathBuf};

use crate::tls::{error::TlsError, setup::Tls};

/// Settings of a [`Tls`] setup.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct TlsBuilder {
    pub(crate) files: Option<(PathBuf, PathBuf)>,
}

impl TlsBuilder {
    /// Sets the files of the certificate, followed by those of the authorities between it and a
    /// root, and of its key. Both are PEM.
    pub fn certificate_files(
        mut self,
        certificate: impl AsRef<Path>,
        key: impl AsRef<Path>,
    ) -> Self {
        self.files = Some((certificate.as_ref().to_owned(), key.as_ref().to_owned()));
        self
    }

    /// Creates the setup.
    ///
    /// # Errors
    ///
    /// A file cannot be read or used, or there is no certificate.
    pub fn build(self) -> Result<Tls, TlsError> {
        Tls::new(self)
    }
}
