//! Redis over TLS, with certificates made by the test.

use std::fs;

use super::{cluster::give_all_slots, *};

/// The contents of a self-signed certificate.
const REQUEST: &str = "
[req]
distinguished_name = name
x509_extensions = extensions
prompt = no
[name]
CN = localhost
[extensions]
basicConstraints = critical, CA:FALSE
subjectAltName = DNS:localhost, IP:127.0.0.1
";

/// Makes `NAME.pem` and its key in the folder, and returns the certificate.
fn certificate(folder: &Path, name: &str) -> Vec<u8> {
    fs::write(folder.join("request"), REQUEST).unwrap();
    let mut command = Command::new("openssl");
    command.args(["req", "-x509", "-config", "request", "-days", "2", "-nodes"]);
    command.args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]);
    let (key, pem) = (format!("{name}.key"), format!("{name}.pem"));
    command.args(["-keyout", &key, "-out", &pem]);
    let made = command.current_dir(folder).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    fs::read(folder.join(pem)).unwrap()
}

/// Starts a server with a TLS port. Returns its port and its certificate.
fn served_by_tls(folder: &Path, more: &[&str]) -> (Server, u16, Vec<u8>) {
    let pem = certificate(folder, "server");
    let tls = [
        "--bind",
        "127.0.0.1",
        "--port",
        "0",
        "--tls-port",
        "PORT",
        "--tls-auth-clients",
        "no",
        "--tls-ca-cert-file",
        "server.pem",
        "--tls-cert-file",
        "server.pem",
        "--tls-key-file",
        "server.key",
    ];
    let (server, port) = Server::start_at_a_port(folder, &[&tls[..], more].concat());
    (server, port, pem)
}

fn open(url: &str) -> RedisStore {
    let store = RedisStore::open(url).unwrap();
    // A handshake takes long on a busy machine, and so do the certificates of the system.
    let store = store.answer_timeout(Duration::from_secs(60));
    store.reconnect_timeout(Duration::from_secs(60))
}

#[test]
fn the_suite_passes_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let (_server, port, pem) = served_by_tls(folder.path(), &[]);
    let store = open(&format!("rediss://127.0.0.1:{port}"));
    let store = Arc::new(store.root_certificates(&pem).unwrap());
    conformance::suite(|| Arc::clone(&store));
}

#[test]
fn a_cluster_is_reached_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let more = ["--cluster-enabled", "yes", "--tls-cluster", "yes"];
    let (_server, port, pem) = served_by_tls(folder.path(), &more);
    give_all_slots(folder.path());
    let store = open(&format!("valkeys-cluster://127.0.0.1:{port}"));
    let store = store.root_certificates(&pem).unwrap();
    let (key, now) = (Key::of("an id"), SystemTime::now());
    store.create(&key, &record(b"data", now), now).unwrap();
    assert!(matches!(store.load(&key, now), Ok(Load::Found(_))));
}

#[test]
fn a_server_with_an_untrusted_certificate_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (_server, port, pem) = served_by_tls(folder.path(), &[]);
    let foreign = certificate(folder.path(), "foreign");
    let (key, now) = (Key::of("an id"), SystemTime::now());
    let url = format!("rediss://localhost:{port}");
    // The server is up, so the failures below are due to its certificate.
    let trusted = open(&url).root_certificates(&pem).unwrap();
    assert_eq!(trusted.load(&key, now).unwrap(), Load::Absent);
    let others = [open(&url), open(&url).root_certificates(foreign).unwrap()];
    for store in others {
        let loaded = store.reconnect_timeout(Duration::ZERO).load(&key, now);
        let Err(StoreError::Unavailable(why)) = loaded else {
            panic!("{loaded:?}");
        };
        assert!(why.to_string().contains("ertificate"), "{why}");
    }
}

#[test]
fn root_certificates_must_be_valid_and_need_a_tls_url() {
    let folder = tempfile::tempdir().unwrap();
    let pem = certificate(folder.path(), "server");
    let cases = [
        ("rediss://localhost", &pem[..], true),
        ("rediss-cluster://localhost:1", &pem, true),
        ("redis://localhost", &pem, false),
        ("unix:///socket", &pem, false),
        ("redis-cluster://localhost:1", &pem, false),
        ("rediss://localhost", b"", false),
        ("rediss://localhost", &pem[..pem.len() / 2], false),
        ("rediss-cluster://localhost:1", b"", false),
    ];
    for (url, pem, is_taken) in cases {
        let store = RedisStore::open(url).unwrap().root_certificates(pem);
        assert_eq!(store.is_ok(), is_taken, "{url}");
    }
}
