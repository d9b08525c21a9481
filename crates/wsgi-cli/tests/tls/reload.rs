//! SIGHUP: new files for new connections.

use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering::SeqCst},
    thread,
};

use crate::{authority::Authority, client::Client, support::Program};

fn demo(authority: &Authority, options: &[String]) -> Program {
    let mut arguments = authority.options("site");
    arguments.extend_from_slice(options);
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    Program::demo(&arguments)
}

#[test]
fn a_certificate_is_exchanged_without_a_lost_request() {
    let authority = Authority::new();
    let old = authority.issue("site", "demo");
    let mut demo = demo(&authority, &[]);
    let (client, address) = (Client::new(&authority), demo.address.clone());
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let kept = scope.spawn(|| {
            let mut connection = client.connect(&address, "demo");
            let mut requests = 0;
            while !is_over.load(SeqCst) {
                connection.hello();
                requests += 1;
            }
            (connection.certificate(), requests)
        });
        let new = scope.spawn(|| {
            let mut certificates = Vec::new();
            while !is_over.load(SeqCst) {
                let mut connection = client.connect(&address, "demo");
                connection.hello();
                let certificate = connection.certificate();
                if certificates.last() != Some(&certificate) {
                    certificates.push(certificate);
                }
            }
            certificates
        });
        let mut expected = vec![old.clone()];
        for _ in 0..3 {
            let mut connection = client.connect(&address, "demo");
            connection.hello();
            let next = authority.issue("site", "demo");
            demo.signal("HUP");
            assert_eq!(demo.next_error(), "wsgi demo: reloaded the files of TLS");
            let mut fresh = client.connect(&address, "demo");
            fresh.hello();
            assert_eq!(fresh.certificate(), next);
            connection.hello();
            assert_eq!(Some(&connection.certificate()), expected.last());
            expected.push(next);
        }
        is_over.store(true, SeqCst);
        let (certificate, requests) = kept.join().expect("a kept connection");
        assert_eq!(certificate, old);
        assert!(requests > 3, "{requests}");
        let seen = new.join().expect("new connections");
        assert!(
            expected.starts_with(&seen) || expected.ends_with(&seen),
            "an old certificate"
        );
    });
    demo.signal("TERM");
    assert!(demo.wait().success());
}

#[test]
fn a_broken_file_leaves_everything_as_it_is() {
    let authority = Authority::new();
    let old = authority.issue("site", "demo");
    authority.issue("other", "other");
    authority.issue("staff", "staff");
    let options = ["--tls-client-ca", &authority.text("ca.pem")];
    let options: Vec<_> = [&options[..], &["--tls-client-auth=optional"]].concat();
    let options: Vec<_> = options.into_iter().map(str::to_owned).collect();
    let mut demo = demo(&authority, &options);
    let client = Client::new(&authority);
    let site = fs::read_to_string(authority.path("site.pem")).expect("a certificate");
    let key = fs::read_to_string(authority.path("site.key")).expect("a key");
    let other = fs::read_to_string(authority.path("other.key")).expect("a key");
    let ca = fs::read_to_string(authority.path("ca.pem")).expect("a certificate");
    for (name, content, good) in [
        ("site.pem", "", &site),
        ("site.pem", "-----BEGIN CERTIFICATE-----\nMIIB", &site),
        ("site.key", &other, &key),
        ("site.key", "not a key", &key),
        ("ca.pem", "not a certificate", &ca),
    ] {
        authority.write(name, content);
        demo.signal("HUP");
        let line = demo.next_error();
        let start = "wsgi demo: the old certificates and keys stay in use: ";
        assert!(line.starts_with(start), "{line}");
        assert!(line.contains(&authority.text(name)), "{line}");
        let mut connection = client.connect(&demo.address, "demo");
        connection.hello();
        assert_eq!(connection.certificate(), old);
        authority.write(name, good);
    }
    fs::remove_file(authority.path("site.pem")).expect("a file");
    demo.signal("HUP");
    let line = demo.next_error();
    assert!(line.contains("cannot read "), "{line}");
    let next = authority.issue("site", "demo");
    demo.signal("HUP");
    assert_eq!(demo.next_error(), "wsgi demo: reloaded the files of TLS");
    let mut connection = client.connect(&demo.address, "demo");
    connection.hello();
    assert_eq!(connection.certificate(), next);
}
