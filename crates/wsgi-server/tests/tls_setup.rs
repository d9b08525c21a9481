//! Servers with listeners that have TLS, before they serve.

use std::{io, sync::Arc};

use rustls::{ServerConfig, crypto::ring, server::ResolvesServerCertUsingSni};
use wsgi_application::{Body, application};
#[cfg(feature = "scgi")]
use wsgi_server::Protocol;
use wsgi_server::{Builder, Listener, Server, Tls};

#[cfg(feature = "scgi")]
fn tls() -> Tls {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = made.signing_key.serialize_pem();
    Tls::builder()
        .certificate_pem(made.cert.pem(), key)
        .build()
        .unwrap()
}

fn listener() -> Listener {
    Listener::bind("127.0.0.1:0").unwrap()
}

fn build(builder: Builder) -> io::Result<Server> {
    builder.build(application(|_environ, _start_response| Ok(Body::empty())))
}

#[cfg(feature = "scgi")]
#[test]
fn places_tell_which_listeners_have_tls() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("app.sock");
    let tls = tls();
    let builder = Server::builder()
        .listener(listener())
        .listener(listener().tls(&tls))
        .listener(listener().protocol(Protocol::Scgi))
        .listener(Listener::bind_unix(&socket, 0o600).unwrap().tls(&tls));
    let server = build(builder).unwrap();
    let addresses = server.local_addrs();
    let expected = format!(
        "http://{}, https://{}, {} over SCGI, unix:{} over HTTP with TLS",
        addresses[0],
        addresses[1],
        addresses[2],
        socket.display()
    );
    assert_eq!(server.places(), expected);
}

#[cfg(all(feature = "fastcgi", feature = "scgi", feature = "uwsgi"))]
#[test]
fn tls_is_refused_for_the_protocols_of_front_servers() {
    for protocol in [Protocol::FastCgi, Protocol::Scgi, Protocol::Uwsgi] {
        let own = listener().tls(&tls()).protocol(protocol);
        let address = own.local_addr().unwrap();
        let error = build(Server::builder().listener(own)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        let text = format!("{address} cannot have TLS, because it speaks {protocol}");
        assert_eq!(error.to_string(), text);
        // The protocol of the builder counts as well.
        let builder = Server::builder().listener(listener().tls(&tls()));
        let error = build(builder.protocol(protocol)).unwrap_err();
        assert!(error.to_string().contains("cannot have TLS"), "{error}");
    }
}

#[test]
fn an_own_configuration_that_does_not_fit_is_refused() {
    let provider = Arc::new(ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(ResolvesServerCertUsingSni::new()));
    let server = |config: &ServerConfig| {
        let tls = Tls::from(Arc::new(config.clone()));
        build(Server::builder().listener(listener().tls(&tls)))
    };
    server(&config).unwrap();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    server(&config).unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let error = server(&config).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    assert!(error.to_string().contains("ALPN"), "{error}");
}
