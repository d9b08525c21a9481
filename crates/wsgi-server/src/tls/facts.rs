//! The variables of a TLS channel.

use rustls::{ProtocolVersion, SupportedCipherSuite, pki_types::CertificateDer};

/// The variables of a TLS channel, by the names of Apache's mod_ssl.
#[derive(Debug)]
pub(crate) struct TlsFacts {
    version: Option<ProtocolVersion>,
    server_name: Option<Box<str>>,
}

impl TlsFacts {
    pub(crate) fn new(
        version: Option<ProtocolVersion>,
        _suite: Option<SupportedCipherSuite>,
        server_name: Option<&str>,
        _client_certificates: Option<&[CertificateDer<'static>]>,
    ) -> Self {
        Self {
            version,
            server_name: server_name.map(Box::from),
        }
    }

    pub(crate) fn variable(&self, name: &str) -> Option<&[u8]> {
        match name {
            "HTTPS" => Some(b"on"),
            "SSL_PROTOCOL" => match self.version? {
                ProtocolVersion::TLSv1_2 => Some(b"TLSv1.2"),
                ProtocolVersion::TLSv1_3 => Some(b"TLSv1.3"),
                _ => None,
            },
            "SSL_TLS_SNI" => self.server_name.as_deref().map(str::as_bytes),
            _ => None,
        }
    }
}
