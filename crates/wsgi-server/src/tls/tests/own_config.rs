//! Configurations of the user's own.

use std::sync::Arc;

use rustls::{ServerConfig, crypto::ring, server::WebPkiClientVerifier};
use rustls_pki_types::{PrivateKeyDer, pem::PemObject};

use crate::tls::{
    error::TlsErrorKind,
    setup::Tls,
    tests::{
        authority::{Authority, Issued},
        handshake::Client,
    },
};

fn config(issued: &Issued) -> ServerConfig {
    let key = PrivateKeyDer::from_pem_slice(issued.key.as_bytes()).unwrap();
    let provider = Arc::new(ring::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(WebPkiClientVerifier::no_client_auth())
        .with_single_cert(vec![issued.der.clone()], key)
        .unwrap()
}

#[test]
fn an_own_configuration_is_used_as_it_is_until_it_is_replaced() {
    let authority = Authority::new("authority");
    let (first, second) = (authority.issue(&["a.test"]), authority.issue(&["a.test"]));
    let config = |issued| Arc::new(config(issued));
    let tls = Tls::from(config(&first));
    tls.check().unwrap();
    let listener = tls.at("a");
    assert!(Client::new().sees("a.test", &listener) == first.der);
    tls.reload().unwrap();
    assert!(Client::new().sees("a.test", &listener) == first.der);
    tls.set_config(config(&second)).unwrap();
    assert!(Client::new().sees("a.test", &listener) == second.der);
    assert_eq!(tls.expires_at(), None);
}

#[test]
fn an_own_configuration_that_does_not_fit_is_refused() {
    let issued = Authority::new("authority").issue(&["a.test"]);
    let good = || config(&issued);
    let tls = Tls::from(Arc::new(good()));
    let change = |change: fn(&mut ServerConfig)| {
        let mut config = good();
        change(&mut config);
        Arc::new(config)
    };
    for (config, part) in [
        (
            change(|config| config.alpn_protocols = vec![b"http/1.1".to_vec(), b"h2".to_vec()]),
            "ALPN",
        ),
        (
            change(|config| config.max_early_data_size = 1),
            "early data",
        ),
        (
            change(|config| config.max_fragment_size = Some(1)),
            "nobody can connect",
        ),
    ] {
        let error = tls.set_config(config.clone()).unwrap_err();
        assert_eq!(error.kind(), TlsErrorKind::Configuration);
        assert!(error.to_string().contains(part), "{error}");
        assert_eq!(Tls::from(config).check().unwrap_err().kind(), error.kind());
    }
    let fits = change(|config| {
        config.alpn_protocols = vec![b"http/1.0".to_vec(), b"http/1.1".to_vec()];
    });
    tls.set_config(fits).unwrap();
}

#[test]
fn a_setup_of_certificates_keeps_its_configuration() {
    let issued = Authority::new("authority").issue(&["a.test"]);
    let tls = Tls::builder().certificate_pem(&issued.pem, &issued.key);
    let error = tls.build().unwrap().set_config(Arc::new(config(&issued)));
    assert_eq!(error.unwrap_err().kind(), TlsErrorKind::Configuration);
}
