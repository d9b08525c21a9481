//! The facts of a client's certificate.

use std::{fmt::Write, sync::OnceLock};

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::digest::{SHA256, digest};
use rustls_pki_types::CertificateDer;
use x509_cert::{Certificate, der::Decode, name::Name};

/// The number of columns of PEM (RFC 7468 section 2).
const PEM_COLUMNS: usize = 64;

/// The facts of a client's certificate, which was verified.
#[derive(Debug)]
pub(crate) struct ClientFacts {
    certificate: CertificateDer<'static>,
    pem: OnceLock<String>,
    /// SHA-256 of the certificate, in small hexadecimal digits.
    pub(crate) fingerprint: String,
    /// The names of subject and issuer, unless they cannot be parsed.
    pub(crate) names: Option<Names>,
}

/// Distinguished names, as strings (RFC 4514).
#[derive(Debug)]
pub(crate) struct Names {
    pub(crate) subject: String,
    pub(crate) issuer: String,
}

impl ClientFacts {
    pub(crate) fn new(certificate: &CertificateDer<'static>) -> Self {
        Self {
            certificate: certificate.clone(),
            pem: OnceLock::new(),
            fingerprint: hexadecimal(digest(&SHA256, certificate).as_ref()),
            names: Names::of(certificate),
        }
    }

    /// The certificate as PEM. Few applications want it, so that it is made when it is asked for.
    pub(crate) fn pem(&self) -> &str {
        self.pem.get_or_init(|| pem(&self.certificate))
    }
}

impl Names {
    fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let parsed = Certificate::from_der(certificate).ok()?;
        let parsed = parsed.tbs_certificate();
        Some(Self {
            subject: text(parsed.subject())?,
            issuer: text(parsed.issuer())?,
        })
    }
}

/// A name as a string, if it has one. `to_string` would panic without.
fn text(name: &Name) -> Option<String> {
    let mut text = String::new();
    write!(text, "{name}").ok()?;
    Some(text)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // a string takes everything
        text
    })
}

fn pem(certificate: &CertificateDer<'_>) -> String {
    let base64 = STANDARD.encode(certificate);
    let mut pem = String::with_capacity(base64.len() + base64.len() / PEM_COLUMNS + 64);
    pem.push_str("-----BEGIN CERTIFICATE-----\n");
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(PEM_COLUMNS));
        pem.push_str(line);
        pem.push('\n');
        rest = after;
    }
    pem.push_str("-----END CERTIFICATE-----\n");
    pem
}
