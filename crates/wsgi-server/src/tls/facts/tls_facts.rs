//! The variables of a TLS connection.

use rustls::{ProtocolVersion, SupportedCipherSuite};
use rustls_pki_types::CertificateDer;

use crate::tls::facts::{cipher_name::cipher_name, client_facts::ClientFacts};

/// The facts of a TLS connection, as variables of the environ. The names and values are those of
/// Apache's mod_ssl.
///
/// Apache has no fingerprint. nginx has one by SHA-1, as `$ssl_client_fingerprint`, which is often
/// passed on as `SSL_CLIENT_FINGERPRINT`. The name of this one says that it is another.
#[derive(Debug)]
pub(crate) struct TlsFacts {
    protocol: &'static str,
    cipher: &'static str,
    server_name: Option<Box<str>>,
    /// The client's certificate.
    client: Option<Box<ClientFacts>>,
}

impl TlsFacts {
    /// The names of all variables that a connection can have.
    pub(crate) const NAMES: [&str; 9] = [
        "HTTPS",
        "SSL_CIPHER",
        "SSL_CLIENT_CERT",
        "SSL_CLIENT_FINGERPRINT_SHA256",
        "SSL_CLIENT_I_DN",
        "SSL_CLIENT_S_DN",
        "SSL_CLIENT_VERIFY",
        "SSL_PROTOCOL",
        "SSL_TLS_SNI",
    ];

    /// Creates the facts of a connection after its handshake.
    pub(crate) fn new(
        protocol: Option<ProtocolVersion>,
        suite: Option<SupportedCipherSuite>,
        server_name: Option<&str>,
        client_certificates: Option<&[CertificateDer<'static>]>,
    ) -> Self {
        let client = client_certificates.and_then(<[_]>::first);
        Self {
            protocol: match protocol {
                Some(ProtocolVersion::TLSv1_3) => "TLSv1.3",
                Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
                _ => "unknown",
            },
            cipher: suite.map_or("unknown", |suite| cipher_name(suite.suite())),
            server_name: server_name.map(Box::from),
            client: client.map(|certificate| Box::new(ClientFacts::new(certificate))),
        }
    }

    /// The value of a variable, if the connection has it:
    ///
    /// | variable | value |
    /// |---|---|
    /// | `HTTPS` | `on` |
    /// | `SSL_PROTOCOL` | `TLSv1.2` or `TLSv1.3` |
    /// | `SSL_CIPHER` | the name of the cipher suite, as OpenSSL writes it |
    /// | `SSL_TLS_SNI` | the name that the client asked for, in small letters |
    /// | `SSL_CLIENT_VERIFY` | `SUCCESS`, or `NONE` without a certificate of the client |
    /// | `SSL_CLIENT_CERT` | the client's certificate in PEM |
    /// | `SSL_CLIENT_FINGERPRINT_SHA256` | its SHA-256, in small hexadecimal digits |
    /// | `SSL_CLIENT_S_DN`, `SSL_CLIENT_I_DN` | the names of its subject and issuer (RFC 4514) |
    pub(crate) fn variable(&self, name: &str) -> Option<&[u8]> {
        let client = self.client.as_deref();
        let names = client.and_then(|client| client.names.as_ref());
        let value = match name {
            "HTTPS" => "on",
            "SSL_PROTOCOL" => self.protocol,
            "SSL_CIPHER" => self.cipher,
            "SSL_TLS_SNI" => self.server_name.as_deref()?,
            "SSL_CLIENT_VERIFY" if client.is_some() => "SUCCESS",
            "SSL_CLIENT_VERIFY" => "NONE",
            "SSL_CLIENT_CERT" => client?.pem(),
            "SSL_CLIENT_FINGERPRINT_SHA256" => &client?.fingerprint,
            "SSL_CLIENT_S_DN" => &names?.subject,
            "SSL_CLIENT_I_DN" => &names?.issuer,
            _ => return None,
        };
        Some(value.as_bytes())
    }
}
