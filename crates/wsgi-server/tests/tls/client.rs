//! A certificate, a server that has it, and clients that trust it.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpStream},
    sync::Arc,
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, SupportedProtocolVersion,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName},
    server::ResolvesServerCert,
    version::{TLS12, TLS13},
};
use wsgi_application::Application;
use wsgi_server::{Builder, Listener, Server, Tls, TlsBuilder};

use crate::support::{PATIENCE, Running};

/// A certificate with its key, and the clients that trust it.
pub(crate) struct Authority {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
    roots: Arc<RootCertStore>,
    pem: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let certificate: CertificateDer<'static> = made.cert.der().clone();
        let mut roots = RootCertStore::empty();
        roots.add(certificate.clone()).unwrap();
        Self {
            certificate,
            key: PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap(),
            roots: Arc::new(roots),
            pem: made.cert.pem() + &made.signing_key.serialize_pem(),
        }
    }

    pub(crate) fn config(&self) -> ServerConfig {
        ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate.clone()], self.key.clone_key())
            .unwrap()
    }

    pub(crate) fn serve(&self, application: impl Application + 'static) -> Running {
        self.serve_with(|builder| builder, application)
    }

    pub(crate) fn serve_with(
        &self,
        options: impl FnOnce(Builder) -> Builder,
        application: impl Application + 'static,
    ) -> Running {
        serve(self.config(), options, application)
    }

    /// A server whose resolver is wrapped.
    pub(crate) fn serve_resolving(
        &self,
        wrap: impl FnOnce(Arc<dyn ResolvesServerCert>) -> Arc<dyn ResolvesServerCert>,
        options: impl FnOnce(Builder) -> Builder,
        application: impl Application + 'static,
    ) -> Running {
        let mut config = self.config();
        config.cert_resolver = wrap(config.cert_resolver.clone());
        serve(config, options, application)
    }

    pub(crate) fn connect(&self, running: &Running) -> TlsClient {
        self.connect_with(tcp(running), &[&TLS13, &TLS12])
    }

    pub(crate) fn connect_with(
        &self,
        socket: TcpStream,
        versions: &[&'static SupportedProtocolVersion],
    ) -> TlsClient {
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(self.roots.clone())
            .with_no_client_auth();
        TlsClient::new(&Arc::new(config), socket)
    }

    /// The authorities that clients trust.
    pub(crate) fn roots(&self) -> Arc<RootCertStore> {
        self.roots.clone()
    }

    /// A setup with the certificate.
    pub(crate) fn tls(&self) -> TlsBuilder {
        Tls::builder().certificate_pem(&self.pem, &self.pem)
    }

    /// The certificate and its key.
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }
}

fn serve(
    config: ServerConfig,
    options: impl FnOnce(Builder) -> Builder,
    application: impl Application + 'static,
) -> Running {
    serve_tls(&Tls::from(Arc::new(config)), options, application)
}

/// A server with a listener that has this setup.
pub(crate) fn serve_tls(
    tls: &Tls,
    options: impl FnOnce(Builder) -> Builder,
    application: impl Application + 'static,
) -> Running {
    let listener = Listener::bind("127.0.0.1:0").unwrap().tls(tls);
    let builder = Server::builder().listener(listener).threads(2);
    Running::build(options(builder), application)
}

/// A connection without TLS.
pub(crate) fn tcp(running: &Running) -> TcpStream {
    let socket = TcpStream::connect(running.address).unwrap();
    socket.set_nodelay(true).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.set_write_timeout(Some(PATIENCE)).unwrap();
    socket
}

/// A client, and what it has received but not taken.
pub(crate) struct TlsClient {
    pub(crate) connection: ClientConnection,
    pub(crate) socket: TcpStream,
    received: Vec<u8>,
}

impl TlsClient {
    pub(crate) fn new(config: &Arc<ClientConfig>, socket: TcpStream) -> Self {
        let name = ServerName::try_from("localhost").unwrap();
        Self {
            connection: ClientConnection::new(config.clone(), name).unwrap(),
            socket,
            received: Vec::new(),
        }
    }

    /// Runs the handshake.
    pub(crate) fn shake_hands(&mut self) -> io::Result<()> {
        while self.connection.is_handshaking() || self.connection.wants_write() {
            self.connection.complete_io(&mut self.socket)?;
        }
        Ok(())
    }

    #[track_caller]
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let mut stream = rustls::Stream::new(&mut self.connection, &mut self.socket);
        stream.write_all(bytes.as_ref()).unwrap();
        stream.flush().unwrap();
    }

    /// Reads some bytes. 0 is an end that the server has announced.
    pub(crate) fn receive(&mut self) -> io::Result<usize> {
        let mut buffer = vec![0; 64 * 1024];
        let mut stream = rustls::Stream::new(&mut self.connection, &mut self.socket);
        let count = loop {
            match stream.read(&mut buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        self.received.extend_from_slice(&buffer[..count]);
        Ok(count)
    }

    /// Takes everything up to the end, which has to be announced.
    #[track_caller]
    pub(crate) fn take_all(&mut self) -> Vec<u8> {
        while self.receive().expect("an announced end") > 0 {}
        std::mem::take(&mut self.received)
    }

    /// Takes everything up to the first that ends with `end`.
    #[track_caller]
    pub(crate) fn take_until(&mut self, end: &str) -> String {
        while !self.received.ends_with(end.as_bytes()) {
            let count = self.receive().unwrap();
            let so_far = String::from_utf8_lossy(&self.received);
            assert!(count > 0, "the end after {so_far:?}");
        }
        String::from_utf8(std::mem::take(&mut self.received)).unwrap()
    }

    /// Sends a request. Returns the response, of which the end is known.
    #[track_caller]
    pub(crate) fn ask(&mut self, request: impl AsRef<[u8]>, end: &str) -> String {
        self.send(request);
        self.take_until(end)
    }

    /// Says that nothing more will come.
    pub(crate) fn say_goodbye(&mut self) {
        self.connection.send_close_notify();
        while self.connection.wants_write() {
            self.connection.write_tls(&mut self.socket).unwrap();
        }
    }

    /// Ends the client's side without a word.
    pub(crate) fn cut(&self) {
        self.socket.shutdown(Shutdown::Write).unwrap();
    }
}
