//! Kinds and forms of private keys, and versions of TLS.

use rcgen::{KeyPair, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, SignatureAlgorithm};
use rustls::{
    Error, ProtocolVersion,
    version::{TLS12, TLS13},
};

use crate::tls::{
    listener_tls::ListenerTls,
    setup::Tls,
    tests::{
        authority::{Authority, Issued, params},
        handshake::{Client, VERSIONS},
    },
    version::TlsVersion,
};

pub(super) const RSA: &str = include_str!("keys/rsa.pem");
const RSA_PKCS1: &str = include_str!("keys/rsa-pkcs1.pem");
const EC: &str = include_str!("keys/ec.pem");
const EC_SEC1: &str = include_str!("keys/ec-sec1.pem");

/// A certificate for a key of which one form is known to the authority.
pub(super) fn issued(known: &str, form: &str) -> Issued {
    let key = KeyPair::from_pem(known).unwrap();
    Authority::new("authority").certify(&params(&["a.test"]), &key, form)
}

fn generated(algorithm: &'static SignatureAlgorithm) -> Issued {
    let key = KeyPair::generate_for(algorithm).unwrap();
    let pem = key.serialize_pem();
    Authority::new("authority").certify(&params(&["a.test"]), &key, pem)
}

#[track_caller]
fn check_key(issued: &Issued) {
    let tls = Tls::builder().certificate_pem(&issued.pem, &issued.key);
    let listener = tls.build().unwrap().at("a");
    for version in VERSIONS {
        let connected = Client::of_version(version).connect("a.test", &listener);
        assert_eq!(connected.unwrap().version(), version.version);
    }
}

#[test]
fn rsa_keys_serve_both_versions() {
    check_key(&issued(RSA, RSA));
    check_key(&issued(RSA, RSA_PKCS1));
}

#[test]
fn ecdsa_keys_serve_both_versions() {
    check_key(&issued(EC, EC));
    check_key(&issued(EC, EC_SEC1));
    check_key(&generated(&PKCS_ECDSA_P384_SHA384));
}

#[test]
fn ed25519_keys_serve_both_versions() {
    check_key(&generated(&PKCS_ED25519));
}

#[test]
fn the_least_version_refuses_older_clients() {
    let issued = issued(EC, EC);
    let tls = Tls::builder()
        .certificate_pem(&issued.pem, &issued.key)
        .min_version(TlsVersion::V1_3);
    let listener = tls.build().unwrap().at("a");
    assert!(
        Client::of_version(&TLS12)
            .connect("a.test", &listener)
            .is_err()
    );
    let connected = Client::of_version(&TLS13).connect("a.test", &listener);
    assert_eq!(connected.unwrap().version(), ProtocolVersion::TLSv1_3);
}

/// The protocol that is agreed upon with a client that offers these, or the server's error.
fn agreed(listener: &ListenerTls, protocols: &[&str]) -> Result<Option<Vec<u8>>, Error> {
    let mut client = Client::new();
    let protocols = protocols.iter().map(|name| name.as_bytes().to_vec());
    client.change(|config| config.alpn_protocols = protocols.collect());
    let connected = client.connect("a.test", listener)?;
    Ok(connected.client.alpn_protocol().map(<[u8]>::to_vec))
}

#[test]
fn http_is_agreed_upon_and_other_protocols_are_refused() {
    let issued = issued(EC, EC);
    let tls = Tls::builder().certificate_pem(&issued.pem, &issued.key);
    let listener = tls.build().unwrap().at("a");
    let agreed = |protocols: &[&str]| agreed(&listener, protocols);
    let chosen = |name: &str| Ok(Some(name.as_bytes().to_vec()));
    assert_eq!(agreed(&[]), Ok(None));
    assert_eq!(agreed(&["h2", "http/1.1"]), chosen("http/1.1"));
    assert_eq!(agreed(&["http/1.0", "http/1.1"]), chosen("http/1.1"));
    assert_eq!(agreed(&["http/1.0"]), chosen("http/1.0"));
    for protocols in [&["h2"][..], &["http/0.9"], &["acme-tls/1", "h2c"]] {
        let error = agreed(protocols).unwrap_err();
        assert_eq!(error, Error::NoApplicationProtocol, "{protocols:?}");
    }
}
