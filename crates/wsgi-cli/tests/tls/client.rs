//! A client of https, with connections of its own.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    sync::Arc,
    time::Duration,
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    client::Resumption,
    pki_types::{CertificateDer, ServerName},
};

use crate::authority::Authority;

/// The time that an answer may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A client that trusts an authority.
#[derive(Clone)]
pub(crate) struct Client(pub(crate) Arc<ClientConfig>);

/// A connection that is kept.
pub(crate) struct Connection(BufReader<StreamOwned<ClientConnection, TcpStream>>);

impl Client {
    pub(crate) fn new(authority: &Authority) -> Self {
        let mut roots = RootCertStore::empty();
        let root = CertificateDer::from(authority.certificate());
        roots.add(root).expect("a root");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        // Every connection shows the certificate of its time.
        config.resumption = Resumption::disabled();
        Self(Arc::new(config))
    }

    pub(crate) fn connect(&self, address: &str, host: &str) -> Connection {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let host = ServerName::try_from(host.to_owned()).expect("a host");
        let tls = ClientConnection::new(self.0.clone(), host).expect("a client");
        Connection(BufReader::new(StreamOwned::new(tls, stream)))
    }
}

impl Connection {
    /// Asks for `/hello`, and checks the whole response.
    #[track_caller]
    pub(crate) fn hello(&mut self) {
        let request = b"GET /hello HTTP/1.1\r\nHost: demo\r\n\r\n";
        self.0.get_mut().write_all(request).expect("a request");
        let mut length = 0;
        let mut line = String::new();
        self.0.read_line(&mut line).expect("a status");
        assert_eq!(line, "HTTP/1.1 200 OK\r\n");
        while line != "\r\n" {
            line.clear();
            assert!(self.0.read_line(&mut line).expect("a field") > 0);
            if let Some(value) = line.strip_prefix("Content-Length: ") {
                length = value.trim().parse().expect("a length");
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).expect("a body");
        assert_eq!(body, b"Hello world!\n");
    }

    /// Asks for a file, and reads the head of the response.
    pub(crate) fn ask(&mut self, target: &str, field: &str) -> String {
        let request = format!("GET {target} HTTP/1.1\r\nHost: a\r\n{field}\r\n\r\n");
        let stream = self.0.get_mut();
        stream.write_all(request.as_bytes()).expect("a request");
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(self.0.read_line(&mut head).expect("a line") > 0, "{head}");
        }
        head
    }

    /// The next bytes of a body.
    pub(crate) fn read(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.0.read_exact(&mut bytes).expect("a body");
        bytes
    }

    /// The server's certificate, in DER, after a request.
    pub(crate) fn certificate(&self) -> Vec<u8> {
        let chain = self.0.get_ref().conn.peer_certificates();
        chain.expect("a certificate")[0].to_vec()
    }
}
