//! HTTPS: handshakes, requests, bodies in both directions, and ends.

mod support;

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::Arc,
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName},
    version,
};
use support::{Client, PATIENCE, Running, echo, get, put};
use wsgi_application::{Application, Status, application};
use wsgi_server::{Builder, Listener, Server, Tls};

struct Authority {
    tls: Tls,
    roots: Arc<RootCertStore>,
}

fn authority() -> Authority {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let certificate: CertificateDer<'static> = made.cert.der().clone();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    Authority {
        tls: Tls::from(Arc::new(config)),
        roots: Arc::new(roots),
    }
}

type Stream = StreamOwned<ClientConnection, TcpStream>;

impl Authority {
    fn config(&self, versions: &[&'static rustls::SupportedProtocolVersion]) -> ClientConfig {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(self.roots.clone())
            .with_no_client_auth()
    }

    fn connect(&self, running: &Running) -> Stream {
        self.connect_with(running, &[&version::TLS13, &version::TLS12])
    }

    fn connect_with(
        &self,
        running: &Running,
        versions: &[&'static rustls::SupportedProtocolVersion],
    ) -> Stream {
        let stream = TcpStream::connect(running.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let config = Arc::new(self.config(versions));
        StreamOwned::new(ClientConnection::new(config, name).unwrap(), stream)
    }

    fn serve(&self, application: impl Application + 'static) -> Running {
        self.serve_with(|builder| builder, application)
    }

    fn serve_with(
        &self,
        options: impl FnOnce(Builder) -> Builder,
        application: impl Application + 'static,
    ) -> Running {
        let listener = Listener::bind("127.0.0.1:0").unwrap().tls(&self.tls);
        let builder = Server::builder().listener(listener).threads(2);
        Running::build(options(builder), application)
    }
}

fn response(stream: &mut impl Read, end: &str) -> String {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    while !text.ends_with(end) {
        let count = stream.read(&mut buffer).unwrap();
        assert!(count > 0, "{text}");
        text += std::str::from_utf8(&buffer[..count]).unwrap();
    }
    text
}

#[test]
fn requests_are_answered_in_both_versions() {
    let authority = authority();
    let running = authority.serve(echo);
    for version in [&version::TLS12, &version::TLS13] {
        let mut stream = authority.connect_with(&running, &[version]);
        for path in ["/one", "/two"] {
            stream.write_all(get(path).as_bytes()).unwrap();
            let text = response(&mut stream, &format!("GET {path}\n"));
            assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
        }
        stream.write_all(put("/three", "body").as_bytes()).unwrap();
        response(&mut stream, "PUT /three\nbody");
    }
}

#[test]
fn a_large_body_passes_whole_in_both_directions() {
    let authority = authority();
    let running = authority.serve(application(|environ, start_response| {
        let mut body = Vec::new();
        environ.input().read_to_end(&mut body)?;
        start_response.start(Status::OK, ())?;
        Ok(body.into())
    }));
    let mut stream = authority.connect(&running);
    let body: Vec<u8> = (0..5_000_000u32).map(|at| (at * 7 / 3) as u8).collect();
    let head = format!(
        "PUT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&body).unwrap();
    let mut received = Vec::new();
    stream.read_to_end(&mut received).unwrap(); // refuses an end without an alert
    assert!(received.ends_with(&body));
}

#[test]
fn a_request_in_clear_is_told_so() {
    let authority = authority();
    let running = authority.serve(echo);
    let mut client = Client::connect(running.address);
    let response = client.ask(get("/"));
    assert_eq!(response.status, 400);
    assert!(response.text().contains("https"), "{}", response.text());
    client.assert_closed();
}

#[test]
fn a_handshake_byte_by_byte_is_as_good() {
    let authority = authority();
    let running = authority.serve(echo);
    let mut stream = authority.connect(&running);
    let StreamOwned { conn, sock } = &mut stream;
    while conn.is_handshaking() {
        if conn.wants_write() {
            let mut bytes = Vec::new();
            conn.write_tls(&mut bytes).unwrap();
            for byte in bytes {
                sock.write_all(&[byte]).unwrap();
            }
        } else {
            conn.read_tls(sock).unwrap();
            conn.process_new_packets().unwrap();
        }
    }
    stream.write_all(get("/").as_bytes()).unwrap();
    response(&mut stream, "GET /\n");
}
