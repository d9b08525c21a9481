//! The settings of TLS.

use std::path::{Path, PathBuf};

use pyo3::{
    exceptions::{PyOSError, PyValueError},
    prelude::*,
};
use wsgi_server::{ClientAuth, TicketKeys, Tls, TlsError, TlsErrorKind, TlsVersion};

use crate::{
    self_signed::SelfSigned,
    setting_values::{choice, paths},
};

/// The files and choices that describe a setup of TLS.
#[derive(Default)]
pub(crate) struct TlsSettings {
    /// The files of certificates, and those of their keys.
    certificates: Vec<PathBuf>,
    keys: Vec<PathBuf>,
    self_signed: Option<SelfSigned>,
    client_authorities: Option<PathBuf>,
    client_auth: Option<ClientAuth>,
    ticket_keys: Option<PathBuf>,
    min_version: Option<TlsVersion>,
}

impl TlsSettings {
    /// Sets a setting, unless it is not one of TLS.
    pub(crate) fn set(&mut self, name: &str, value: &Bound<'_, PyAny>) -> PyResult<bool> {
        match name {
            "tls_cert" => self.certificates = paths(value)?,
            "tls_key" => self.keys = paths(value)?,
            "tls_self_signed" => self.self_signed = Some(value.extract()?),
            "tls_client_ca" => self.client_authorities = Some(value.extract()?),
            "tls_client_auth" => {
                self.client_auth = Some(match &*choice(value, &["optional", "required"])? {
                    "optional" => ClientAuth::Optional,
                    _ => ClientAuth::Required,
                });
            }
            "tls_ticket_keys" => self.ticket_keys = Some(value.extract()?),
            "tls_min_version" => {
                self.min_version = Some(match &*choice(value, &["1.2", "1.3"])? {
                    "1.3" => TlsVersion::V1_3,
                    _ => TlsVersion::V1_2,
                });
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Refuses a certificate without a key.
    pub(crate) fn check(&self) -> PyResult<()> {
        if self.certificates.len() != self.keys.len() {
            let problem = "each certificate (`tls_cert`) needs a private key (`tls_key`)";
            return Err(PyValueError::new_err(problem));
        }
        Ok(())
    }

    /// Reads all files. The keys of tickets are these, unless there is a file of them. `None` if
    /// there is no certificate.
    ///
    /// # Errors
    ///
    /// A file cannot be read or used.
    pub(crate) fn setup(&self, tickets: TicketKeys) -> PyResult<Option<Tls>> {
        if self.certificates.is_empty() && self.self_signed.is_none() {
            return Ok(None);
        }
        let mut builder = Tls::builder();
        for (certificate, key) in self.certificates.iter().zip(&self.keys) {
            builder = builder.certificate_files(certificate, key);
        }
        if let Some(made) = &self.self_signed {
            builder = builder.certificate_pem(&made.certificate, &made.key);
        }
        if let Some(path) = &self.client_authorities {
            builder = builder.client_authorities_file(path);
        }
        if let Some(client_auth) = self.client_auth {
            builder = builder.client_auth(client_auth);
        }
        if let Some(version) = self.min_version {
            builder = builder.min_version(version);
        }
        let tickets = match &self.ticket_keys {
            Some(path) => TicketKeys::from_file(path).map_err(|error| self.advised(error))?,
            None => tickets,
        };
        let tls = builder.ticket_keys(tickets).build();
        tls.map(Some).map_err(|error| self.advised(error))
    }

    /// The error with what to do about the file that is the reason, as an exception.
    fn advised(&self, error: TlsError) -> PyErr {
        let names = error.path().and_then(|path| self.settings_of(path));
        let verb = match error.kind() {
            TlsErrorKind::Unreadable if error.path().is_some_and(|path| !path.exists()) => "create",
            _ => "mend",
        };
        let error = wsgi_application::Error::from(error);
        let text = error.messages().collect::<Vec<_>>().join(": ");
        PyOSError::new_err(match names {
            Some(names) => format!("{text}; {verb} the file, or name another one by {names}"),
            None => text,
        })
    }

    /// The names of the settings that name this file: `` `tls_cert` or `tls_key` ``.
    fn settings_of(&self, path: &Path) -> Option<String> {
        let is_it = |file: &PathBuf| file == path;
        let settings = [
            ("tls_cert", self.certificates.iter().any(is_it)),
            ("tls_key", self.keys.iter().any(is_it)),
            ("tls_client_ca", self.client_authorities.iter().any(is_it)),
            ("tls_ticket_keys", self.ticket_keys.iter().any(is_it)),
        ];
        let settings = settings.into_iter().filter(|(_, names_it)| *names_it);
        let names: Vec<_> = settings.map(|(name, _)| format!("`{name}`")).collect();
        (!names.is_empty()).then(|| names.join(" or "))
    }
}
