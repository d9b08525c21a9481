//! The choice of a certificate by name.

use std::sync::{Arc, Mutex};

use base64::{Engine, engine::general_purpose::STANDARD};
use rcgen::KeyPair;
use rustls::{
    AlertDescription, ClientConfig, ClientConnection, Error, RootCertStore, ServerConnection,
    SignatureScheme,
    crypto::ring,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use rustls_pki_types::{PrivateKeyDer, ServerName, pem::PemObject};

use crate::tls::{
    error::TlsErrorKind,
    listener_tls::ListenerTls,
    setup::Tls,
    tests::{
        authority::{Authority, Issued, params},
        handshake::{Client, VERSIONS},
        keys::RSA,
    },
};

fn tls(issued: &[&Issued]) -> Tls {
    let builder = issued.iter().fold(Tls::builder(), |builder, one| {
        builder.certificate_pem(&one.pem, &one.key)
    });
    builder.build().unwrap()
}

#[test]
fn a_client_gets_the_certificate_for_the_name_that_it_asks_for() {
    let authority = Authority::new("authority");
    let default = authority.issue(&["default.test"]);
    let exact = authority.issue(&["www.A.test", "b.test"]);
    let wildcard = authority.issue(&["*.a.test", "*.test"]);
    let tls = tls(&[&default, &wildcard, &exact]);
    let listener = tls.at("a");
    let rows = [
        ("default.test", &default),
        ("www.a.test", &exact),
        ("WWW.A.TEST", &exact),
        ("b.test", &exact),
        ("b.test.", &exact),
        ("other.a.test", &wildcard),
        ("other.test", &wildcard),
        // A wildcard stands for one label (RFC 9525 section 6.3).
        ("x.other.a.test", &default),
        ("test", &default),
        ("a.test.example", &default),
        ("unknown", &default),
        ("127.0.0.1", &default), // asks for no name
    ];
    for version in VERSIONS {
        let client = Client::of_version(version);
        for (name, expected) in rows {
            assert!(client.sees(name, &listener) == expected.der, "{name}");
        }
    }
}

#[test]
fn the_whole_chain_is_sent_and_a_real_client_verifies_it() {
    let root = Authority::new("root");
    let issued = root.issue(&["a.test"]);
    let chain = issued.pem.clone() + &root.pem();
    let tls = Tls::builder().certificate_pem(chain, &issued.key);
    let listener = tls.build().unwrap().at("a");
    let mut roots = RootCertStore::empty();
    roots.add(root.der()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let config = Arc::new(config);
    for (name, is_verified) in [("a.test", true), ("b.test", false)] {
        let name = ServerName::try_from(name).unwrap();
        let mut client = ClientConnection::new(config.clone(), name).unwrap();
        let mut server = ServerConnection::new(listener.terms().config).unwrap();
        let mut hello = Vec::new();
        client.write_tls(&mut hello).unwrap();
        server.read_tls(&mut &*hello).unwrap();
        server.process_new_packets().unwrap();
        let mut flight = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut flight).unwrap();
        }
        client.read_tls(&mut &*flight).unwrap();
        assert_eq!(client.process_new_packets().is_ok(), is_verified);
        if is_verified {
            let chain = [issued.der.clone(), root.der()];
            assert_eq!(client.peer_certificates(), Some(&chain[..]));
        }
    }
}

#[test]
fn a_client_gets_the_kind_of_key_that_it_can_verify() {
    let authority = Authority::new("authority");
    let ecdsa = authority.issue(&["a.test"]);
    let key = KeyPair::from_pem(RSA).unwrap();
    let rsa = authority.certify(&params(&["a.test"]), &key, RSA);
    let tls = tls(&[&ecdsa, &rsa]);
    let listener = tls.at("a");
    for version in VERSIONS {
        for (scheme, expected) in [
            (SignatureScheme::RSA_PSS_SHA256, &rsa),
            (SignatureScheme::ECDSA_NISTP256_SHA256, &ecdsa),
        ] {
            let client = Client::with(&[version], &[scheme], None);
            assert!(client.sees("a.test", &listener) == expected.der);
        }
    }
}

/// Asserts that a handshake ends with the alert that says why.
#[track_caller]
fn assert_told(client: &Client, listener: &ListenerTls) {
    let (told, error) = client.begin("a.test", listener).exchange();
    let expected = Error::AlertReceived(AlertDescription::HandshakeFailure);
    assert_eq!(told, Err(expected));
    assert!(
        matches!(error, Err(Error::PeerIncompatible(_))),
        "{error:?}"
    );
}

#[test]
fn a_client_that_knows_no_kind_of_key_is_told_so() {
    let authority = Authority::new("authority");
    let ecdsa = authority.issue(&["a.test"]);
    let key = KeyPair::from_pem(RSA).unwrap();
    let rsa = authority.certify(&params(&["a.test"]), &key, RSA);
    for version in VERSIONS {
        for (scheme, other) in [
            (SignatureScheme::RSA_PSS_SHA256, &ecdsa),
            (SignatureScheme::ECDSA_NISTP256_SHA256, &rsa),
            (SignatureScheme::ED25519, &rsa),
        ] {
            let client = Client::with(&[version], &[scheme], None);
            assert_told(&client, &tls(&[other]).at("a"));
        }
    }
}

#[test]
fn a_client_that_can_verify_no_key_of_a_kind_is_refused() {
    let issued = Authority::new("authority").issue(&["a.test"]);
    for version in VERSIONS {
        let client = Client::with(&[version], &[SignatureScheme::ED25519], None);
        let (told, error) = client.begin("a.test", &tls(&[&issued]).at("a")).exchange();
        assert!(matches!(told, Err(Error::AlertReceived(_))), "{told:?}");
        assert!(error.is_err());
    }
}

#[test]
fn only_the_first_certificate_may_have_no_name() {
    let authority = Authority::new("authority");
    let (named, nameless) = (
        authority.issue(&["a.test"]),
        authority.issue(&["192.0.2.1"]),
    );
    let tls = tls(&[&nameless, &named]);
    assert!(Client::new().sees("x.test", &tls.at("a")) == nameless.der);
    let builder = Tls::builder()
        .certificate_pem(&named.pem, &named.key)
        .certificate_pem(&nameless.pem, &nameless.key);
    let error = builder.build().unwrap_err();
    assert_eq!(error.kind(), TlsErrorKind::Certificate);
    assert!(error.to_string().contains("has no DNS name"), "{error}");
}

#[test]
fn the_first_expiry_is_told_and_an_expired_certificate_is_used() {
    let authority = Authority::new("authority");
    let until = |year| {
        let mut params = params(&["a.test"]);
        params.not_before = rcgen::date_time_ymd(2000, 1, 1);
        params.not_after = rcgen::date_time_ymd(year, 1, 1);
        authority.issue_with(&params)
    };
    let (expired, valid) = (until(2001), until(2999));
    let tls = tls(&[&valid, &expired]);
    let expected = std::time::UNIX_EPOCH + std::time::Duration::from_secs(978_307_200);
    assert_eq!(tls.expires_at(), Some(expected));
    let tls = self::tls(&[&expired]);
    assert!(Client::new().sees("a.test", &tls.at("a")) == expired.der);
}

/// A resolver that knows one name.
#[derive(Debug)]
struct Resolver {
    certified: Arc<CertifiedKey>,
    asked: Mutex<Vec<Option<String>>>,
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let name = hello.server_name();
        self.asked.lock().unwrap().push(name.map(str::to_owned));
        (name == Some("own.test")).then(|| self.certified.clone())
    }
}

fn resolver(issued: &Issued) -> Arc<Resolver> {
    let key = PrivateKeyDer::from_pem_slice(issued.key.as_bytes()).unwrap();
    let certified =
        CertifiedKey::from_der(vec![issued.der.clone()], key, &ring::default_provider());
    Arc::new(Resolver {
        certified: Arc::new(certified.unwrap()),
        asked: Mutex::default(),
    })
}

#[test]
fn a_resolver_is_asked_before_the_certificates() {
    let authority = Authority::new("authority");
    let (own, given) = (authority.issue(&["own.test"]), authority.issue(&["a.test"]));
    let resolver = resolver(&own);
    let tls = Tls::builder()
        .certificate_pem(&given.pem, &given.key)
        .resolver(resolver.clone());
    let listener = tls.build().unwrap().at("a");
    let client = Client::new();
    assert!(client.sees("own.test", &listener) == own.der);
    assert!(client.sees("a.test", &listener) == given.der);
    let asked = [Some("own.test".to_owned()), Some("a.test".to_owned())];
    assert_eq!(*resolver.asked.lock().unwrap(), asked);
}

#[test]
fn a_resolver_needs_no_certificates() {
    let own = Authority::new("authority").issue(&["own.test"]);
    let tls = Tls::builder().resolver(resolver(&own)).build().unwrap();
    assert_eq!(tls.expires_at(), None);
    let client = Client::new();
    assert!(client.sees("own.test", &tls.at("a")) == own.der);
    assert!(client.connect("a.test", &tls.at("a")).is_err());
}

#[test]
fn a_name_with_a_wildcard_elsewhere_is_for_nobody() {
    let authority = Authority::new("authority");
    let default = authority.issue(&["default.test"]);
    let odd = authority.issue(&["a.*.test", "w*.test", "*"]);
    let tls = tls(&[&default, &odd]);
    for name in ["a.b.test", "www.test", "test"] {
        assert!(
            Client::new().sees(name, &tls.at("a")) == default.der,
            "{name}"
        );
    }
}

#[test]
fn a_damaged_certificate_is_refused_with_a_reason() {
    let issued = Authority::new("authority").issue(&["a.test"]);
    let base64 = STANDARD.encode(&issued.der[..issued.der.len() - 1]);
    let cut = format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n");
    let error = Tls::builder().certificate_pem(cut, &issued.key).build();
    let error = error.unwrap_err();
    assert_eq!(error.kind(), TlsErrorKind::Certificate);
    let start = "the PEM data of a certificate: the certificate cannot be used: ";
    assert!(error.to_string().starts_with(start), "{error}");
}
