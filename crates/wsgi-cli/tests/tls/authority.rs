//! An authority that issues certificates into files.

use std::{fs, path::PathBuf};

use base64::prelude::{BASE64_STANDARD, Engine};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, PublicKeyData,
};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// An authority with a folder for its files.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new([]).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(DnType::CommonName, "An authority");
        let key = KeyPair::generate().expect("a key");
        let issuer = CertifiedIssuer::self_signed(params, key).expect("an authority");
        let authority = Self {
            issuer,
            folder: TempDir::new().expect("a folder"),
        };
        authority.write("ca.pem", &authority.issuer.pem());
        authority
    }

    /// Issues a certificate for a host to `NAME.pem`, and writes its key to `NAME.key`. Existing
    /// files are replaced. Returns the certificate in DER.
    pub(crate) fn issue(&self, name: &str, host: &str) -> Vec<u8> {
        let mut params = CertificateParams::new([host.to_owned()]).expect("a host");
        params
            .distinguished_name
            .push(DnType::CommonName, format!("{name} of {host}"));
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        self.write(&format!("{name}.key"), &key.serialize_pem());
        self.write(&format!("{name}.pem"), &certificate.pem());
        certificate.der().to_vec()
    }

    /// The SHA-256 of a certificate's public key (RFC 7469 section 2.4), in base64.
    pub(crate) fn pin(&self, name: &str) -> String {
        let key = fs::read_to_string(self.path(&format!("{name}.key"))).expect("a key");
        let key = KeyPair::from_pem(&key).expect("a key");
        BASE64_STANDARD.encode(Sha256::digest(key.subject_public_key_info()))
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("a file");
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).to_str().expect("a path").to_owned()
    }

    /// The options for a certificate and its key.
    pub(crate) fn options(&self, name: &str) -> Vec<String> {
        let (certificate, key) = (format!("{name}.pem"), format!("{name}.key"));
        [
            "--tls-cert",
            &self.text(&certificate),
            "--tls-key",
            &self.text(&key),
        ]
        .map(str::to_owned)
        .to_vec()
    }

    /// The certificate of the authority, in DER.
    pub(crate) fn certificate(&self) -> Vec<u8> {
        self.issuer.der().to_vec()
    }
}
