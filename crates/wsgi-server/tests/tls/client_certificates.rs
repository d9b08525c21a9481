//! Certificates of clients, as the application sees them.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::{
    ClientConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use wsgi_application::{Status, application};
use wsgi_server::ClientAuth;

use crate::{
    client::{Authority, TlsClient, serve_tls, tcp},
    support::{Running, get},
};

/// An authority of clients, with a certificate that it issued.
struct Staff {
    authority: String,
    member: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

impl Staff {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "staff");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "jane");
        let member = params.signed_by(&key, &issuer).unwrap();
        Self {
            authority: issuer.pem(),
            member: member.der().clone(),
            key: PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        }
    }
}

/// Answers with the variables of TLS, as an iteration over the environ gives them.
fn serve(authority: &Authority, staff: &Staff, mode: ClientAuth) -> Running {
    let tls = authority.tls().client_authorities_pem(&staff.authority);
    let tls = tls.client_auth(mode).build().unwrap();
    let app = application(|environ, start_response| {
        let mut lines: Vec<_> = environ
            .iter()
            .filter(|(name, _)| name.starts_with("SSL_CLIENT") || *name == "HTTPS")
            .map(|(name, value)| format!("{name}={}", value.to_string_lossy().len()))
            .collect();
        lines.sort();
        let name = environ.get("SSL_CLIENT_S_DN");
        let name = name.map(|name| name.to_string_lossy().into_owned());
        let name = name.unwrap_or_default();
        start_response.start(Status::OK, ())?;
        Ok(format!("{}\n{name}.\n", lines.join(",")).into())
    });
    serve_tls(&tls, |builder| builder, app)
}

fn client(authority: &Authority, staff: Option<&Staff>) -> Arc<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(authority.roots());
    Arc::new(match staff {
        Some(staff) => config
            .with_client_auth_cert(vec![staff.member.clone()], staff.key.clone_key())
            .unwrap(),
        None => config.with_no_client_auth(),
    })
}

#[test]
fn the_environ_has_the_facts_of_a_client_certificate() {
    let (authority, staff) = (Authority::new(), Staff::new());
    let running = serve(&authority, &staff, ClientAuth::Optional);
    let config = client(&authority, Some(&staff));
    let pem = 28 + staff.member.len().div_ceil(3) * 4 + 26;
    let pem = pem + (staff.member.len().div_ceil(3) * 4).div_ceil(64);
    // The second connection resumes the session of the first.
    for _ in 0..2 {
        let mut client = TlsClient::new(&config, tcp(&running));
        let text = client.ask(get("/"), ".\n");
        let (_, body) = text.split_once("\r\n\r\n").unwrap();
        let expected = format!(
            "HTTPS=2,SSL_CLIENT_CERT={pem},SSL_CLIENT_FINGERPRINT_SHA256=64,SSL_CLIENT_I_DN=8,\
             SSL_CLIENT_S_DN=7,SSL_CLIENT_VERIFY=7\nCN=jane.\n"
        );
        assert_eq!(body, expected);
    }
}

#[test]
fn the_environ_tells_that_a_client_has_no_certificate() {
    let (authority, staff) = (Authority::new(), Staff::new());
    let running = serve(&authority, &staff, ClientAuth::Optional);
    let mut client = TlsClient::new(&client(&authority, None), tcp(&running));
    let text = client.ask(get("/"), ".\n");
    assert!(
        text.ends_with("\r\n\r\nHTTPS=2,SSL_CLIENT_VERIFY=4\n.\n"),
        "{text}"
    );
}

#[test]
fn a_client_without_a_required_certificate_is_not_served() {
    let (authority, staff) = (Authority::new(), Staff::new());
    let running = serve(&authority, &staff, ClientAuth::Required);
    let mut stranger = TlsClient::new(&client(&authority, None), tcp(&running));
    // In TLS 1.3, the client's part of the handshake is over before the server refuses it.
    let _ = stranger.shake_hands();
    let error = stranger.receive().unwrap_err();
    assert!(error.to_string().contains("CertificateRequired"), "{error}");
    let mut member = TlsClient::new(&client(&authority, Some(&staff)), tcp(&running));
    member.ask(get("/"), "CN=jane.\n");
}
