//! Certificates that are exchanged while the server runs.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    thread,
};

use rustls::{ClientConfig, HandshakeKind, crypto::ring};
use wsgi_server::Tls;

use crate::{
    client::{Authority, TlsClient, serve_tls, tcp},
    support::{echo, folder::Folder, get},
};

#[test]
fn connections_and_sessions_go_on_when_the_certificate_is_exchanged() {
    let (folder, old, new) = (Folder::new(), Authority::new(), Authority::new());
    let file = folder.join("server.pem");
    fs::write(&file, old.pem()).unwrap();
    let tls = Tls::from_pem_files(&file, &file).unwrap();
    let running = serve_tls(&tls, |builder| builder, echo);
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(old.roots())
        .with_no_client_auth();
    let config = Arc::new(config);
    let mut kept = TlsClient::new(&config, tcp(&running));
    kept.ask(get("/one"), "GET /one\n");

    fs::write(&file, new.pem()).unwrap();
    tls.reload().unwrap();
    kept.ask(get("/two"), "GET /two\n");
    let mut resuming = TlsClient::new(&config, tcp(&running));
    resuming.ask(get("/three"), "GET /three\n");
    let kind = resuming.connection.handshake_kind();
    assert_eq!(kind, Some(HandshakeKind::Resumed));
    new.connect(&running).ask(get("/four"), "GET /four\n");
    assert!(
        old.connect(&running).shake_hands().is_err(),
        "it does not trust the new one"
    );
}

#[test]
fn no_request_is_lost_while_certificates_are_exchanged() {
    let (folder, authority) = (Folder::new(), Authority::new());
    let file = folder.join("server.pem");
    fs::write(&file, authority.pem()).unwrap();
    let tls = Tls::from_pem_files(&file, &file).unwrap();
    let running = serve_tls(&tls, |builder| builder, echo);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !is_over.load(SeqCst) {
                    let mut client = authority.connect(&running);
                    client.ask(get("/one"), "GET /one\n");
                    client.ask(get("/two"), "GET /two\n");
                }
            });
        }
        for _ in 0..50 {
            tls.reload().unwrap();
        }
        is_over.store(true, SeqCst);
    });
}
