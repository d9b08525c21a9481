//! Tests that need `pebble`, an authority for tests.

mod authority;
mod certbot;

use std::{fs, process::Command};

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use tempfile::TempDir;
use wsgi_tests::{PATIENCE, eventually};

use self::authority::{Authority, directory};
use crate::{
    namespace::run_alone,
    site::{Process, check, curl, wait_for},
};

#[test]
fn a_program_gets_its_certificate_itself() {
    run_alone("unshare::pebble::gets_its_certificate_itself");
}

#[test]
#[ignore = "is started in a network of its own by another test"]
fn gets_its_certificate_itself() {
    let folder = TempDir::new().expect("a folder");
    let authority = Authority::start(folder.path());
    let mut params = CertificateParams::new(["example.org".to_owned()]).expect("a host");
    params.not_after = date_time_ymd(2000, 1, 1);
    let key = KeyPair::generate().expect("a key");
    let expired = params.self_signed(&key).expect("a certificate").pem();
    let file = folder.path().join("site.pem");
    fs::write(&file, expired.clone() + &key.serialize_pem()).expect("a file");

    let mut command = Command::new(env!("CARGO_BIN_EXE_acme"));
    command.arg("example.org").arg(&file).arg(directory());
    let _site = Process::start(command.env("SSL_CERT_FILE", &authority.certificate));
    wait_for(443);
    let root = folder.path().join("root.pem");
    authority.write_root(&root);
    let served = || {
        let output = curl(&root, "https://example.org/");
        output.status.success().then_some(())
    };
    assert!(
        eventually(PATIENCE, served).is_some(),
        "no certificate comes"
    );
    check(&root, "https://example.org/", 200, &["Hello world!\n"]);
    let kept = fs::read_to_string(&file).expect("a file");
    assert!(!kept.contains(&expired) && kept.contains("PRIVATE KEY"));
    let location = "\r\nLocation: https://example.org/\r\n";
    check(&root, "http://example.org/", 308, &[location]);
}
