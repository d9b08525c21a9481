//! A certificate authority of the tests.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
};
use rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::CertificateDer};

/// The names in the certificates.
const NAMES: [&str; 4] = ["example.org", "suite.example", "localhost", "127.0.0.1"];

/// A new certificate authority, with a certificate for the names that tests use: `example.org`,
/// `suite.example`, `localhost` and `127.0.0.1`.
#[derive(Clone, Debug)]
pub struct Authority {
    root: CertificateDer<'static>,
    root_pem: String,
    chain_pem: String,
    key_pem: String,
}

impl Authority {
    /// Creates an authority.
    ///
    /// # Panics
    ///
    /// The system has no randomness.
    #[must_use]
    pub fn new() -> Self {
        let mut root = CertificateParams::default();
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // With the same name as the other certificate, clients would take that for self-signed.
        root.distinguished_name = DistinguishedName::new();
        root.distinguished_name
            .push(DnType::CommonName, "an authority of tests");
        let root_key = KeyPair::generate().unwrap();
        let root_certificate = root.self_signed(&root_key).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(NAMES.map(str::to_owned))
            .and_then(|names| names.signed_by(&key, &Issuer::new(root, root_key)))
            .unwrap();
        Authority {
            root: root_certificate.der().clone(),
            root_pem: root_certificate.pem(),
            chain_pem: certificate.pem(),
            key_pem: key.serialize_pem(),
        }
    }

    /// Writes `fullchain.pem`, `privkey.pem`, and both together as `hello.pem`, into a folder.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        let both = format!("{}{}", self.chain_pem, self.key_pem);
        fs::write(folder.join("fullchain.pem"), &self.chain_pem)?;
        fs::write(folder.join("privkey.pem"), &self.key_pem)?;
        fs::write(folder.join("hello.pem"), both)
    }

    /// Writes the certificate of the authority itself into a folder, as `authority.pem`. Returns
    /// the path of the file.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn write_root(&self, folder: &Path) -> io::Result<PathBuf> {
        let file = folder.join("authority.pem");
        fs::write(&file, &self.root_pem)?;
        Ok(file)
    }

    /// The configuration of clients that trust the authority, and nobody else.
    ///
    /// # Panics
    ///
    /// The authority's certificate cannot be used.
    #[must_use]
    pub fn client(&self) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.clone()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        let mut client = builder.with_root_certificates(roots).with_no_client_auth();
        client.alpn_protocols = vec![b"http/1.1".to_vec()];
        Arc::new(client)
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}
