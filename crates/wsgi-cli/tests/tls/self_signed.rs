//! `--tls-self-signed`: https in one option.

use std::{process::Command, sync::Arc};

use rustls::{
    ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use sha2::{Digest, Sha256};

use crate::{client::Client, support::Program};

/// A verifier that trusts the certificate with a fingerprint.
#[derive(Debug)]
struct Pinned {
    fingerprint: String,
    provider: CryptoProvider,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _host: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let digest = Sha256::digest(certificate);
        let digits: Vec<_> = digest.iter().map(|byte| format!("{byte:02X}")).collect();
        match digits.join(":") == self.fingerprint {
            true => Ok(ServerCertVerified::assertion()),
            false => Err(Error::General("another certificate".to_owned())),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.provider.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}

fn pinned(fingerprint: &str) -> Client {
    let provider = ring::default_provider();
    let verifier = Arc::new(Pinned {
        fingerprint: fingerprint.to_owned(),
        provider: provider.clone(),
    });
    let config = ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .expect("versions")
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Client(Arc::new(config))
}

#[test]
fn the_program_prints_the_fingerprint_of_its_certificate() {
    let mut demo = Program::demo(&["--tls-self-signed"]);
    assert!(demo.places[0].starts_with("https://127.0.0.1:"));
    let note = demo.next_error();
    let start = "wsgi demo: self-signed certificate for localhost, 127.0.0.1, ::1; \
                 SHA-256 fingerprint ";
    let fingerprint = note.strip_prefix(start).expect(&note);
    for host in ["localhost", "127.0.0.1", "::1", "elsewhere.example"] {
        pinned(fingerprint).connect(&demo.address, host).hello();
    }
}

#[test]
fn a_variable_is_as_good_as_the_option() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wsgi"));
    command
        .args(["demo", "--bind=127.0.0.1:0", "--session-store=memory"])
        .env("WSGI_TLS_SELF_SIGNED", "true");
    let demo = Program::of(command);
    assert!(demo.places[0].starts_with("https://127.0.0.1:"));
}

#[test]
fn sighup_ends_a_program_without_files() {
    // Started by `nohup`, this test ignores the signal, and a program inherits that.
    let mut command = Command::new("env");
    command.args(["--default-signal=HUP", env!("CARGO_BIN_EXE_wsgi")]);
    command.args(["demo", "--bind=127.0.0.1:0", "--session-store=memory"]);
    command.arg("--tls-self-signed");
    let mut demo = Program::of(command);
    demo.signal("HUP");
    assert_eq!(demo.wait().code(), None, "the signal has its usual effect");
}
