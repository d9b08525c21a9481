//! The state of a TLS channel.

use std::{cell::RefCell, fmt, io, mem, sync::Arc};

use rustls::{
    HandshakeKind,
    server::UnbufferedServerConnection,
    unbuffered::{ConnectionState, EncodeError, EncodeTlsData, UnbufferedStatus, WriteTraffic},
};

use crate::{
    peers::{
        channel::{
            Received,
            incoming::{MAX_RECORD, whole_records},
            opened::Opened,
            parts::Parts,
            sealed::{BATCH, Sealed},
        },
        socket::Socket,
    },
    tls::{
        clients::verifier::Verifier, facts::tls_facts::TlsFacts, listener_tls::Terms, server_name,
    },
};

/// The state of a TLS channel. It holds no buffers while nothing is under way.
pub(super) struct Session {
    connection: UnbufferedServerConnection,
    /// Received bytes that were not decrypted: a part of a record.
    incoming: Vec<u8>,
    /// The number of bytes in `incoming` that the handshake has seen.
    seen: usize,
    opened: Opened,
    sealed: Sealed,
    state: State,
    /// Whether a part of the handshake was taken in.
    has_begun: bool,
    /// Whether the peer was told that nothing more will come.
    has_said_goodbye: bool,
    server_name: Option<Box<str>>,
    /// The check of client certificates, until the handshake is over.
    verifier: Option<Arc<Verifier>>,
}

/// The state of what passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Records pass.
    Open,
    /// Records pass to the peer, which has said that nothing more will come from it.
    Closed,
    /// Nothing passes any more.
    Failed,
    /// Bytes pass in clear, because there was no handshake.
    Clear,
}

/// The type of a record with a part of the handshake (RFC 8446 section 5.1).
const HANDSHAKE: u8 = 22;

/// The number of bytes of a handshake that wait to be taken in, at most: the largest message that
/// is taken, in records.
const MAX_HANDSHAKE: usize = (1 << 16) + MAX_RECORD;

/// The number of bytes of a handshake that are received at once.
const HANDSHAKE_READ: usize = 4096;

/// The number of bytes that are received at once.
const READ: usize = 2 * MAX_RECORD;

thread_local! {
    /// A buffer for received bytes.
    static RECEIVED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Session {
    pub(super) fn new(terms: Terms) -> Result<Self, rustls::Error> {
        Ok(Session {
            connection: UnbufferedServerConnection::new(terms.config)?,
            incoming: Vec::new(),
            seen: 0,
            opened: Opened::default(),
            sealed: Sealed::default(),
            state: State::Open,
            has_begun: false,
            has_said_goodbye: false,
            server_name: None,
            verifier: terms.verifier,
        })
    }

    pub(super) fn receive(&mut self, socket: &Socket) -> io::Result<Received> {
        loop {
            match self.incoming.first() {
                Some(b'A'..=b'Z') if !self.has_begun => return Ok(Received::Clear),
                Some(&byte) if !self.has_begun && byte != HANDSHAKE => {
                    let error = "it begins with something other than a handshake";
                    return Err(io::Error::new(io::ErrorKind::InvalidData, error));
                }
                _ => {}
            }
            if whole_records(&self.incoming) > self.seen || self.incoming.len() >= MAX_HANDSHAKE {
                return Ok(Received::Record);
            }
            let start = self.incoming.len();
            self.incoming.resize(start + HANDSHAKE_READ, 0);
            let result = socket.read(&mut self.incoming[start..]);
            let count = *result.as_ref().unwrap_or(&0);
            self.incoming.truncate(start + count);
            match result {
                Ok(0) => return Ok(Received::End),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Ok(Received::Partial);
                }
                Err(error) => return Err(error),
            }
        }
    }

    pub(super) fn advance(&mut self) -> Result<bool, rustls::Error> {
        if self.incoming.len() >= MAX_HANDSHAKE {
            self.give_up();
            return Err(rustls::Error::General("a message is too large".into()));
        }
        self.has_begun = true;
        let mut incoming = mem::take(&mut self.incoming);
        let (name, used) = server_name::noting(|| self.open(&mut incoming));
        self.server_name = self.server_name.take().or(name);
        match used {
            Ok(used) => {
                self.incoming = incoming.split_off(used);
                self.seen = whole_records(&self.incoming);
                if self.connection.is_handshaking() {
                    return Ok(false);
                }
                self.check_resumed().map(|()| true)
            }
            Err(error) => {
                self.give_up();
                Err(error)
            }
        }
    }

    /// Checks again the client's certificates that a resumed session brought.
    fn check_resumed(&mut self) -> Result<(), rustls::Error> {
        let Some(verifier) = self.verifier.take() else {
            return Ok(());
        };
        match (
            self.connection.handshake_kind(),
            self.connection.peer_certificates(),
        ) {
            (Some(HandshakeKind::Resumed), Some(chain)) => verifier.check_again(chain),
            _ => Ok(()),
        }
    }

    pub(super) fn has_begun(&self) -> bool {
        self.has_begun || !self.incoming.is_empty()
    }

    pub(super) fn is_resumed(&self) -> bool {
        self.connection.handshake_kind() == Some(HandshakeKind::Resumed)
    }

    pub(super) fn facts(&self) -> TlsFacts {
        TlsFacts::new(
            self.connection.protocol_version(),
            self.connection.negotiated_cipher_suite(),
            self.server_name.as_deref(),
            self.connection.peer_certificates(),
        )
    }

    pub(super) fn flush(&mut self, socket: &Socket) -> io::Result<bool> {
        self.sealed.send(socket)
    }

    pub(super) fn give_up(&mut self) -> Vec<u8> {
        self.state = State::Clear;
        mem::take(&mut self.incoming)
    }

    pub(super) fn fail(&mut self) {
        self.state = State::Failed;
    }

    /// Decrypts the records at the start of `bytes`. Adds the application's bytes to those that
    /// are opened, and the answers to those that are sealed. Returns the number of bytes that were
    /// used.
    fn open(&mut self, bytes: &mut [u8]) -> Result<usize, rustls::Error> {
        let mut used = 0;
        loop {
            let UnbufferedStatus {
                mut discard, state, ..
            } = self.connection.process_tls_records(&mut bytes[used..]);
            match state {
                Ok(ConnectionState::ReadTraffic(mut traffic)) => {
                    while let Some(record) = traffic.next_record() {
                        let record = record?;
                        discard += record.discard;
                        self.opened.push(record.payload);
                    }
                }
                Ok(ConnectionState::EncodeTlsData(mut data)) => encode(&mut data, &mut self.sealed),
                Ok(ConnectionState::TransmitTlsData(data)) => data.done(),
                Ok(ConnectionState::PeerClosed) => self.state = State::Closed,
                Ok(_) => return Ok(used + discard),
                Err(error) => {
                    self.seal_alerts();
                    return Err(error);
                }
            }
            used += discard;
        }
    }

    /// Adds the alerts that tell the peer of an error to what is sealed.
    fn seal_alerts(&mut self) {
        // While there are some, the connection does not look for records, which are not here.
        while self.connection.wants_write()
            && let Ok(ConnectionState::EncodeTlsData(mut data)) =
                self.connection.process_tls_records(&mut []).state
        {
            encode(&mut data, &mut self.sealed);
        }
    }

    pub(super) fn read(&mut self, socket: &Socket, buffer: &mut [u8]) -> io::Result<usize> {
        let mut count = self.opened.read(buffer);
        // After the goodbye nobody looks at what comes, and rustls could not answer it any more.
        let is_over = self.state == State::Open && self.has_said_goodbye;
        if count == 0 && (is_over || self.state == State::Clear) {
            return socket.read(buffer);
        }
        let result = if count < buffer.len() && self.state == State::Open && !is_over {
            RECEIVED.with_borrow_mut(|received| self.fill(socket, received, buffer, &mut count))
        } else {
            Ok(())
        };
        let _ = self.flush(socket); // an answer to a change of keys, or an alert
        match (count, self.state) {
            (1.., _) => Ok(count),
            (0, State::Closed) => Ok(0),
            (0, State::Failed) => Err(io::ErrorKind::ConnectionAborted.into()),
            (0, _) => Err(result.err().unwrap_or(io::ErrorKind::WouldBlock.into())),
        }
    }

    /// Reads and decrypts until `buffer` is full or the socket has no more.
    fn fill(
        &mut self,
        socket: &Socket,
        received: &mut Vec<u8>,
        buffer: &mut [u8],
        count: &mut usize,
    ) -> io::Result<()> {
        received.resize(READ, 0);
        let mut length = self.incoming.len();
        received[..length].copy_from_slice(&self.incoming);
        self.incoming = Vec::new();
        let mut result = Ok(());
        while *count < buffer.len() && self.state == State::Open {
            match socket.read(&mut received[length..]) {
                Ok(read @ 1..) => {
                    let is_full = length + read == READ;
                    let Ok(used) = self.open(&mut received[..length + read]) else {
                        self.state = State::Failed;
                        break;
                    };
                    received.copy_within(used..length + read, 0);
                    length = length + read - used;
                    *count += self.opened.read(&mut buffer[*count..]);
                    // After records without bytes of the application, the end may be there already.
                    if !is_full && *count > 0 {
                        break;
                    }
                    continue;
                }
                // An end without an alert may be an attack (RFC 8446 section 6.1).
                Ok(_) => result = Err(io::ErrorKind::UnexpectedEof.into()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => result = Err(error),
            }
            break;
        }
        self.incoming.extend_from_slice(&received[..length]);
        result
    }

    pub(super) fn write(&mut self, socket: &Socket, parts: &[&[u8]]) -> io::Result<usize> {
        match self.state {
            State::Open | State::Closed => {}
            State::Failed => return Err(io::ErrorKind::ConnectionAborted.into()),
            State::Clear => {
                let first = parts.iter().find(|part| !part.is_empty());
                return socket.write(first.copied().unwrap_or_default());
            }
        }
        let count = self.sealed.send_counting(socket)?;
        if count > 0 {
            return Ok(count); // of bytes that were sealed before
        }
        let mut parts = Parts::new(parts);
        let mut room = Vec::new();
        let mut left = BATCH;
        while left > 0 {
            let bytes = parts.take(left, &mut room);
            if bytes.is_empty() {
                break;
            }
            self.seal(bytes)?;
            left = left.saturating_sub(bytes.len());
        }
        self.sealed.send_counting(socket)
    }

    /// Encrypts bytes of the application.
    fn seal(&mut self, bytes: &[u8]) -> io::Result<()> {
        let is_sealed = self.seal_with(|mut traffic, sealed| {
            sealed.records(bytes.len(), |room| traffic.encrypt(bytes, room))
        });
        if !is_sealed {
            self.state = State::Failed;
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        Ok(())
    }

    /// Has `seal` encrypt something. Returns false if the connection takes nothing any more.
    fn seal_with(
        &mut self,
        seal: impl FnOnce(WriteTraffic<'_, ServerSide>, &mut Sealed) -> bool,
    ) -> bool {
        loop {
            // The connection has looked at a part of a message, and expects it in its place.
            let UnbufferedStatus { discard, state, .. } =
                self.connection.process_tls_records(&mut self.incoming);
            match state {
                Ok(ConnectionState::WriteTraffic(traffic)) => {
                    let is_sealed = seal(traffic, &mut self.sealed);
                    self.incoming.drain(..discard);
                    return is_sealed;
                }
                Ok(ConnectionState::EncodeTlsData(mut data)) => encode(&mut data, &mut self.sealed),
                Ok(ConnectionState::TransmitTlsData(data)) => data.done(),
                Ok(ConnectionState::PeerClosed) => self.state = State::Closed,
                Ok(_) | Err(_) => return false,
            }
            self.incoming.drain(..discard);
        }
    }

    pub(super) fn close(&mut self, socket: &Socket) -> bool {
        let passes = matches!(self.state, State::Open | State::Closed);
        if !passes || self.connection.is_handshaking() {
            return true;
        }
        if !mem::replace(&mut self.has_said_goodbye, true) {
            self.seal_with(|mut traffic, sealed| {
                sealed.message(ALERT, |room| traffic.queue_close_notify(room));
                true
            });
        }
        self.flush(socket).unwrap_or(true) // a peer that is gone takes nothing
    }

    pub(super) fn can_be_read(&self) -> bool {
        self.opened.len() > 0 || matches!(self.state, State::Closed | State::Failed)
    }

    pub(super) fn unread_bytes(&self) -> usize {
        self.opened.len() + self.incoming.len()
    }

    pub(super) fn has_unsent(&self) -> bool {
        !self.sealed.is_empty()
    }

    pub(super) fn is_midway(&self) -> bool {
        !self.incoming.is_empty()
    }
}

type ServerSide = rustls::server::ServerConnectionData;

/// More bytes than an alert has.
const ALERT: usize = 128;

/// Encodes a message of the handshake, or an alert.
fn encode(data: &mut EncodeTlsData<'_, ServerSide>, sealed: &mut Sealed) {
    if let Err(EncodeError::InsufficientSize(error)) = data.encode(&mut []) {
        sealed.message(error.required_size, |room| data.encode(room));
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
