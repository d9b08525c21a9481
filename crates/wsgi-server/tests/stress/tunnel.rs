//! The client's end of a TLS connection, which one thread reads from while another writes.

use std::{
    collections::VecDeque,
    io::{self, Read, Write},
    net::TcpStream,
    sync::{Arc, LazyLock, Mutex},
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, ServerName},
};
use wsgi_server::Tls;

/// A certificate for all rounds: the server's setup, and that of its clients.
static SETUP: LazyLock<(Tls, Arc<ClientConfig>)> = LazyLock::new(|| {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(ring::default_provider());
    let server = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    (Tls::from(Arc::new(server)), Arc::new(client))
});

/// The setup of the server.
pub(crate) fn setup() -> &'static Tls {
    &SETUP.0
}

/// A TLS connection, after its handshake.
#[derive(Clone)]
pub(crate) struct Tunnel {
    pub(crate) socket: Arc<TcpStream>,
    state: Arc<Mutex<State>>,
    /// Held by the thread that writes records to the socket, in their order.
    writing: Arc<Mutex<()>>,
}

struct State {
    connection: ClientConnection,
    /// Decrypted bytes that were not read. The connection keeps only a record's.
    opened: VecDeque<u8>,
    /// Whether the server has announced the end.
    closed: bool,
}

/// The number of bytes that are encrypted before they are sent.
const PIECE: usize = 16 * 1024;

impl Tunnel {
    pub(crate) fn new(socket: TcpStream) -> io::Result<Self> {
        let name = ServerName::try_from("localhost").unwrap();
        let connection = ClientConnection::new(SETUP.1.clone(), name).unwrap();
        let tunnel = Self {
            socket: Arc::new(socket),
            state: Arc::new(Mutex::new(State {
                connection,
                opened: VecDeque::new(),
                closed: false,
            })),
            writing: Arc::default(),
        };
        tunnel.shake_hands()?;
        Ok(tunnel)
    }

    /// Sends what the connection has to send. Never waits while it holds the connection.
    fn flush(&self) -> io::Result<()> {
        let _writing = self.writing.lock().unwrap();
        loop {
            let mut records = Vec::new();
            let mut state = self.state.lock().unwrap();
            while state.connection.wants_write() {
                state.connection.write_tls(&mut records)?;
            }
            drop(state);
            if records.is_empty() {
                return Ok(());
            }
            (&*self.socket).write_all(&records)?;
        }
    }

    /// Receives records once. Returns false at the end of the socket.
    fn receive(&self) -> io::Result<bool> {
        let mut buffer = [0; 32 * 1024];
        let count = (&*self.socket).read(&mut buffer)?;
        self.state.lock().unwrap().take_in(&buffer[..count])?;
        self.flush()?;
        Ok(count > 0)
    }

    fn shake_hands(&self) -> io::Result<()> {
        loop {
            self.flush()?;
            if !self.state.lock().unwrap().connection.is_handshaking() {
                return Ok(());
            }
            if !self.receive()? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

impl State {
    fn take_in(&mut self, mut records: &[u8]) -> io::Result<()> {
        while !records.is_empty() {
            self.connection.read_tls(&mut records)?;
            let progress = self.connection.process_new_packets();
            let progress =
                progress.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            self.closed |= progress.peer_has_closed();
            let mut opened = vec![0; progress.plaintext_bytes_to_read()];
            self.connection.reader().read_exact(&mut opened)?;
            self.opened.extend(opened);
        }
        Ok(())
    }
}

impl Read for Tunnel {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let mut state = self.state.lock().unwrap();
            let count = state.opened.read(buffer)?;
            if count > 0 || state.closed {
                return Ok(count);
            }
            drop(state);
            if !self.receive()? && !self.state.lock().unwrap().closed {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

impl Write for Tunnel {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = &bytes[..bytes.len().min(PIECE)];
        let mut state = self.state.lock().unwrap();
        let count = state.connection.writer().write(piece)?;
        drop(state);
        Self::flush(self)?;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Self::flush(self)
    }
}
