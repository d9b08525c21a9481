//! The exchange of files under use.

use std::{
    fs,
    io::{Read, Write},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    thread,
};

use tempfile::TempDir;

use crate::tls::{
    error::TlsErrorKind,
    setup::Tls,
    tests::{authority::Authority, handshake::Client},
};

#[test]
fn a_reload_exchanges_the_certificate_for_all_listeners() {
    let (authority, folder) = (Authority::new("authority"), TempDir::new().unwrap());
    let file = folder.path().join("server.pem");
    let (first, second) = (authority.issue(&["a.test"]), authority.issue(&["a.test"]));
    fs::write(&file, first.both()).unwrap();
    let tls = Tls::from_pem_files(&file, &file).unwrap();
    let (one, other) = (tls.at("one"), tls.at("other"));
    let client = Client::new();
    let mut connected = client.connect("a.test", &one).unwrap();
    fs::write(&file, second.both()).unwrap();
    assert!(
        client.sees("a.test", &one) == first.der,
        "not before the reload"
    );
    tls.clone().reload().unwrap();
    for listener in [&one, &other, &tls.at("new")] {
        assert!(Client::new().sees("a.test", listener) == second.der);
    }
    // The connection from before the reload goes on.
    connected.server.writer().write_all(b"hello").unwrap();
    assert_eq!(connected.exchange(), (Ok(()), Ok(())));
    let mut received = [0; 5];
    connected.client.reader().read_exact(&mut received).unwrap();
    assert_eq!(&received, b"hello");
}

#[test]
fn a_failed_reload_changes_nothing() {
    let (authority, folder) = (Authority::new("authority"), TempDir::new().unwrap());
    let (certificate, key) = (
        folder.path().join("cert.pem"),
        folder.path().join("key.pem"),
    );
    let (first, second) = (authority.issue(&["a.test"]), authority.issue(&["a.test"]));
    fs::write(&certificate, &first.pem).unwrap();
    fs::write(&key, &first.key).unwrap();
    let tls = Tls::from_pem_files(&certificate, &key).unwrap();
    let listener = tls.at("a");
    let expires_at = tls.expires_at();
    // The certificate is exchanged before its key is.
    fs::write(&certificate, &second.pem).unwrap();
    let error = tls.reload().unwrap_err();
    assert_eq!(error.kind(), TlsErrorKind::KeyMismatch);
    assert_eq!(error.path(), Some(&*key));
    let client = Client::new();
    assert!(client.sees("a.test", &listener) == first.der);
    assert_eq!(tls.expires_at(), expires_at);
    fs::write(&key, &second.key).unwrap();
    tls.reload().unwrap();
    assert!(Client::new().sees("a.test", &listener) == second.der);
}

#[test]
fn no_handshake_fails_while_certificates_are_exchanged() {
    let (authority, folder) = (Authority::new("authority"), TempDir::new().unwrap());
    let file = folder.path().join("server.pem");
    let pair = [authority.issue(&["a.test"]), authority.issue(&["a.test"])];
    fs::write(&file, pair[0].both()).unwrap();
    let tls = Tls::from_pem_files(&file, &file).unwrap();
    let listener = tls.at("a");
    let is_over = Arc::new(AtomicBool::new(false));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let client = Client::new();
                while !is_over.load(SeqCst) {
                    let seen = client.sees("a.test", &listener);
                    assert!(pair.iter().any(|one| one.der == seen));
                }
            });
        }
        for round in 0..30 {
            fs::write(&file, pair[round % 2].both()).unwrap();
            tls.reload().unwrap();
        }
        is_over.store(true, SeqCst);
    });
    assert!(Client::new().sees("a.test", &listener) == pair[1].der);
}

#[test]
fn a_setup_that_was_given_bytes_reloads_them() {
    let issued = Authority::new("authority").issue(&["a.test"]);
    let tls = Tls::builder().certificate_pem(&issued.pem, &issued.key);
    let tls = tls.build().unwrap();
    tls.reload().unwrap();
    assert!(Client::new().sees("a.test", &tls.at("a")) == issued.der);
}
