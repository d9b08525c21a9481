//! The variables of connections.

use rcgen::{DistinguishedName, DnType};
use rustls::{
    ProtocolVersion,
    version::{TLS12, TLS13},
};
use rustls_pki_types::CertificateDer;

use crate::tls::{
    clients::client_auth::ClientAuth,
    facts::tls_facts::TlsFacts,
    setup::Tls,
    tests::{
        authority::{Authority, Issued, params},
        handshake::{ALL_SCHEMES, Client, Connected},
        keys::{RSA, issued},
    },
};

fn facts(connected: &Connected) -> TlsFacts {
    let server = &connected.server;
    TlsFacts::new(
        server.protocol_version(),
        server.negotiated_cipher_suite(),
        server.server_name(),
        server.peer_certificates(),
    )
}

/// All variables, in the order of their names.
fn variables(facts: &TlsFacts) -> Vec<(&'static str, String)> {
    let text = |value: &[u8]| String::from_utf8(value.to_vec()).unwrap();
    let names = TlsFacts::NAMES.into_iter();
    names
        .filter_map(|name| Some((name, text(facts.variable(name)?))))
        .collect()
}

fn client_certificate() -> (Authority, Issued) {
    let authority = Authority::new("Staff, \"Ltd\"");
    let mut params = params(&["client"]);
    let mut name = DistinguishedName::new();
    name.push(DnType::CountryName, "DE");
    name.push(DnType::OrganizationName, "Example + Söhne");
    name.push(DnType::CommonName, " jane\n");
    params.distinguished_name = name;
    let issued = authority.issue_with(&params);
    (authority, issued)
}

#[test]
fn a_connection_without_client_certificates_has_few_variables() {
    let rsa = issued(RSA, RSA);
    let tls = Tls::builder().certificate_pem(&rsa.pem, &rsa.key);
    let listener = tls.build().unwrap().at("a");
    for (version, protocol, cipher) in [
        (&TLS12, "TLSv1.2", "ECDHE-RSA-AES256-GCM-SHA384"),
        (&TLS13, "TLSv1.3", "TLS_AES_256_GCM_SHA384"),
    ] {
        let connected = Client::of_version(version).connect("A.test", &listener);
        let facts = facts(&connected.unwrap());
        let expected = [
            ("HTTPS", "on"),
            ("SSL_CIPHER", cipher),
            ("SSL_CLIENT_VERIFY", "NONE"),
            ("SSL_PROTOCOL", protocol),
            ("SSL_TLS_SNI", "a.test"),
        ];
        assert_eq!(
            variables(&facts),
            expected.map(|(name, value)| (name, value.to_owned()))
        );
        for missing in ["SSL_CLIENT_CERT", "SSL_CLIENT_S_DN", "PATH", ""] {
            assert_eq!(facts.variable(missing), None, "{missing}");
        }
    }
}

#[test]
fn a_client_that_asks_for_no_name_has_no_server_name() {
    let rsa = issued(RSA, RSA);
    let tls = Tls::builder().certificate_pem(&rsa.pem, &rsa.key);
    let connected = Client::new().connect("127.0.0.1", &tls.build().unwrap().at("a"));
    let facts = facts(&connected.unwrap());
    assert_eq!(facts.variable("SSL_TLS_SNI"), None);
}

#[test]
fn a_client_certificate_has_its_variables() {
    let (staff, certificate) = client_certificate();
    let rsa = issued(RSA, RSA);
    let tls = Tls::builder()
        .certificate_pem(&rsa.pem, &rsa.key)
        .client_authorities_pem(staff.pem())
        .client_auth(ClientAuth::Optional);
    let listener = tls.build().unwrap().at("a");
    let with = Client::with(&[&TLS13], ALL_SCHEMES, Some(&certificate));
    // The second connection is a resumed one.
    for _ in 0..2 {
        let connected = with.connect("a.test", &listener).unwrap();
        let facts = facts(&connected);
        let fingerprint = ring::digest::digest(&ring::digest::SHA256, &certificate.der);
        let digits = fingerprint
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"));
        let fingerprint: String = digits.collect();
        let pem = certificate.pem.replace("\r\n", "\n");
        let subject = r"CN=\ jane\0a,O=Example \+ Söhne,C=DE";
        let issuer = r#"CN=Staff\, \"Ltd\""#;
        let expected = [
            ("HTTPS", "on"),
            ("SSL_CIPHER", "TLS_AES_256_GCM_SHA384"),
            ("SSL_CLIENT_CERT", &pem),
            ("SSL_CLIENT_FINGERPRINT_SHA256", &fingerprint),
            ("SSL_CLIENT_I_DN", issuer),
            ("SSL_CLIENT_S_DN", subject),
            ("SSL_CLIENT_VERIFY", "SUCCESS"),
            ("SSL_PROTOCOL", "TLSv1.3"),
            ("SSL_TLS_SNI", "a.test"),
        ];
        assert_eq!(
            variables(&facts),
            expected.map(|(name, value)| (name, value.to_owned()))
        );
    }
    let connected = Client::new().connect("a.test", &listener).unwrap();
    let facts = facts(&connected);
    assert_eq!(facts.variable("SSL_CLIENT_VERIFY"), Some(&b"NONE"[..]));
    assert_eq!(variables(&facts).len(), 5);
}

#[test]
fn a_certificate_that_cannot_be_parsed_has_no_names() {
    let junk = [CertificateDer::from(vec![0; 100])];
    let version = Some(ProtocolVersion::TLSv1_3);
    let facts = TlsFacts::new(version, None, None, Some(&junk));
    assert_eq!(facts.variable("SSL_CLIENT_S_DN"), None);
    assert_eq!(facts.variable("SSL_CLIENT_I_DN"), None);
    let expected = [
        "HTTPS",
        "SSL_CIPHER",
        "SSL_CLIENT_CERT",
        "SSL_CLIENT_FINGERPRINT_SHA256",
        "SSL_CLIENT_VERIFY",
        "SSL_PROTOCOL",
    ];
    let variables = variables(&facts);
    assert!(variables.iter().map(|(name, _)| *name).eq(expected));
    // Lines of 64 columns, the last one shorter.
    let lines: Vec<_> = variables[2].1.lines().map(str::len).collect();
    assert_eq!(lines, [27, 64, 64, 8, 25]);
}

#[test]
fn facts_without_a_client_certificate_are_small() {
    assert!(size_of::<TlsFacts>() <= 64, "{}", size_of::<TlsFacts>());
}
