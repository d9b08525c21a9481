//! Clients, and their handshakes with a listener.

use std::{ops::DerefMut, sync::Arc};

use rustls::{
    ClientConfig, ClientConnection, ConnectionCommon, DigitallySignedStruct, Error, HandshakeKind,
    ProtocolVersion, ServerConnection, SignatureScheme, SupportedProtocolVersion,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    version::{TLS12, TLS13},
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject};

use crate::tls::{
    listener_tls::ListenerTls,
    tests::{authority::Issued, wallet::Wallet},
};

pub(super) static VERSIONS: [&SupportedProtocolVersion; 2] = [&TLS12, &TLS13];

/// The kinds of keys of servers that a client can verify.
pub(super) const ALL_SCHEMES: &[SignatureScheme] = &[
    SignatureScheme::ECDSA_NISTP256_SHA256,
    SignatureScheme::ECDSA_NISTP384_SHA384,
    SignatureScheme::ED25519,
    SignatureScheme::RSA_PSS_SHA256,
];

/// A client with a store of sessions.
pub(super) struct Client {
    config: Arc<ClientConfig>,
    pub(super) wallet: Arc<Wallet>,
}

/// Both sides of a connection after the handshake.
pub(super) struct Connected {
    pub(super) client: ClientConnection,
    pub(super) server: ServerConnection,
}

impl Client {
    pub(super) fn new() -> Self {
        Self::with(&VERSIONS, ALL_SCHEMES, None)
    }

    pub(super) fn of_version(version: &'static SupportedProtocolVersion) -> Self {
        Self::with(&[version], ALL_SCHEMES, None)
    }

    pub(super) fn with_certificate(issued: &Issued) -> Self {
        Self::with(&VERSIONS, ALL_SCHEMES, Some(issued))
    }

    pub(super) fn of_version_with(
        version: &'static SupportedProtocolVersion,
        issued: &Issued,
    ) -> Self {
        Self::with(&[version], ALL_SCHEMES, Some(issued))
    }

    pub(super) fn with(
        versions: &[&'static SupportedProtocolVersion],
        schemes: &[SignatureScheme],
        certificate: Option<&Issued>,
    ) -> Self {
        let provider = Arc::new(ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(versions)
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(AnyName {
                provider,
                schemes: schemes.to_vec(),
            }));
        let config = match certificate {
            Some(issued) => {
                let key = PrivateKeyDer::from_pem_slice(issued.key.as_bytes()).unwrap();
                config.with_client_auth_cert(vec![issued.der.clone()], key)
            }
            None => Ok(config.with_no_client_auth()),
        };
        let mut config = config.unwrap();
        let wallet = Arc::new(Wallet::default());
        config.resumption = rustls::client::Resumption::store(wallet.clone());
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Self {
            config: Arc::new(config),
            wallet,
        }
    }

    pub(super) fn change(&mut self, change: impl FnOnce(&mut ClientConfig)) {
        change(Arc::get_mut(&mut self.config).unwrap());
    }

    /// Connects, and receives the tickets. Gives the error of the server, or else of the client.
    pub(super) fn connect(&self, name: &str, listener: &ListenerTls) -> Result<Connected, Error> {
        let mut connected = self.begin(name, listener);
        let (client, server) = connected.exchange();
        server.and(client).map(|()| connected)
    }

    /// Begins to connect. No byte is exchanged yet.
    pub(super) fn begin(&self, name: &str, listener: &ListenerTls) -> Connected {
        Connected {
            client: self.begin_alone(name),
            server: ServerConnection::new(listener.terms().config).unwrap(),
        }
    }

    /// The client's side of a connection.
    pub(super) fn begin_alone(&self, name: &str) -> ClientConnection {
        let name = ServerName::try_from(name.to_owned()).unwrap();
        ClientConnection::new(self.config.clone(), name).unwrap()
    }

    /// Connects, and tells whether the session was resumed.
    #[track_caller]
    pub(super) fn resumes(&self, name: &str, listener: &ListenerTls) -> bool {
        match self
            .connect(name, listener)
            .unwrap()
            .server
            .handshake_kind()
        {
            Some(HandshakeKind::Resumed) => true,
            Some(HandshakeKind::Full | HandshakeKind::FullWithHelloRetryRequest) => false,
            None => panic!("the handshake is incomplete"),
        }
    }

    /// The certificate that the server shows.
    #[track_caller]
    pub(super) fn sees(&self, name: &str, listener: &ListenerTls) -> CertificateDer<'static> {
        let connected = self.connect(name, listener).unwrap();
        connected.client.peer_certificates().unwrap()[0].clone()
    }
}

impl Connected {
    /// Exchanges bytes until none is left. Gives the first error of each side.
    pub(super) fn exchange(&mut self) -> (Result<(), Error>, Result<(), Error>) {
        let (mut client, mut server) = (Ok(()), Ok(()));
        while self.client.wants_write() || self.server.wants_write() {
            server = server.and(deliver(&mut self.client, &mut self.server));
            client = client.and(deliver(&mut self.server, &mut self.client));
        }
        (client, server)
    }

    pub(super) fn version(&self) -> ProtocolVersion {
        self.server.protocol_version().unwrap()
    }
}

/// Delivers all bytes of one side to the other, and gives the other's error.
fn deliver<A, B>(
    from: &mut impl DerefMut<Target = ConnectionCommon<A>>,
    to: &mut impl DerefMut<Target = ConnectionCommon<B>>,
) -> Result<(), Error> {
    let mut bytes = Vec::new();
    while from.wants_write() {
        from.write_tls(&mut bytes).unwrap();
    }
    let mut rest = &*bytes;
    while !rest.is_empty() {
        to.read_tls(&mut rest).unwrap();
        to.process_new_packets()?;
    }
    Ok(())
}

/// A verifier that checks the signatures of the server, but not the name in its certificate, so
/// that tests can look at the certificate.
#[derive(Debug)]
struct AnyName {
    provider: Arc<CryptoProvider>,
    schemes: Vec<SignatureScheme>,
}

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes.clone()
    }
}
