//! A client that sends records of any kind after its handshake.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    sync::Arc,
};

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use rustls::{
    ClientConfig, ConnectionTrafficSecrets, SupportedProtocolVersion,
    crypto::{
        CryptoProvider,
        ring::{
            cipher_suite::{
                TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, TLS13_CHACHA20_POLY1305_SHA256,
            },
            default_provider,
        },
    },
    version::TLS13,
};

use crate::{
    client::{Authority, TlsClient, tcp},
    support::Running,
};

pub(crate) const CHANGE_CIPHER_SPEC: u8 = 20;
pub(crate) const ALERT: u8 = 21;
pub(crate) const HANDSHAKE: u8 = 22;
pub(crate) const DATA: u8 = 23;
pub(crate) const HEARTBEAT: u8 = 24;

/// A client that sends records of any kind after its handshake.
pub(crate) struct RecordClient {
    pub(crate) socket: TcpStream,
    is_tls13: bool,
    tx: Direction,
    rx: Direction,
}

/// The keys of one direction.
struct Direction {
    key: LessSafeKey,
    iv: [u8; 12],
    sequence: u64,
}

impl Direction {
    fn new((sequence, secrets): (u64, ConnectionTrafficSecrets)) -> Self {
        let ConnectionTrafficSecrets::Chacha20Poly1305 { key, iv } = secrets else {
            panic!("another cipher suite");
        };
        let key = UnboundKey::new(&CHACHA20_POLY1305, key.as_ref()).unwrap();
        Self {
            key: LessSafeKey::new(key),
            iv: iv.as_ref().try_into().unwrap(),
            sequence,
        }
    }

    /// The nonce of the next record (RFC 8446 section 5.3, RFC 7905 section 2).
    fn nonce(&mut self) -> Nonce {
        let mut nonce = self.iv;
        for (byte, part) in nonce[4..].iter_mut().zip(self.sequence.to_be_bytes()) {
            *byte ^= part;
        }
        self.sequence += 1;
        Nonce::assume_unique_for_key(nonce)
    }
}

impl RecordClient {
    pub(crate) fn connect(
        authority: &Authority,
        running: &Running,
        version: &'static SupportedProtocolVersion,
    ) -> Self {
        let provider = CryptoProvider {
            cipher_suites: vec![
                TLS13_CHACHA20_POLY1305_SHA256,
                TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
            ],
            ..default_provider()
        };
        let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(authority.roots())
            .with_no_client_auth();
        config.enable_secret_extraction = true;
        let mut client = TlsClient::new(&Arc::new(config), tcp(running));
        client.shake_hands().unwrap();
        let secrets = client.connection.dangerous_extract_secrets().unwrap();
        Self {
            socket: client.socket,
            is_tls13: *version == TLS13,
            tx: Direction::new(secrets.tx),
            rx: Direction::new(secrets.rx),
        }
    }

    /// A record with this content. `padding` is a number of zeros that TLS 1.3 adds to it.
    pub(crate) fn seal(&mut self, kind: u8, content: &[u8], padding: usize) -> Vec<u8> {
        let mut bytes = content.to_vec();
        let sequence = self.tx.sequence.to_be_bytes();
        let (header, aad) = if self.is_tls13 {
            bytes.push(kind);
            bytes.resize(bytes.len() + padding, 0);
            let header = header(DATA, bytes.len() + CHACHA20_POLY1305.tag_len());
            (header, header.to_vec())
        } else {
            let header = |length| header(kind, length);
            let aad = [&sequence[..], &header(bytes.len())].concat();
            (header(bytes.len() + CHACHA20_POLY1305.tag_len()), aad)
        };
        let nonce = self.tx.nonce();
        let aad = Aad::from(aad);
        let Direction { key, .. } = &self.tx;
        key.seal_in_place_append_tag(nonce, aad, &mut bytes)
            .unwrap();
        [&header[..], &bytes].concat()
    }

    /// Sends a record. Returns false if the server no longer takes it.
    pub(crate) fn send(&mut self, kind: u8, content: impl AsRef<[u8]>) -> bool {
        let record = self.seal(kind, content.as_ref(), 0);
        self.socket.write_all(&record).is_ok()
    }

    /// The next record with the application's bytes.
    pub(crate) fn receive_data(&mut self) -> String {
        loop {
            match self.receive().unwrap() {
                (DATA, content) => return String::from_utf8(content).unwrap(),
                (HANDSHAKE, _) => {} // tickets
                (kind, content) => panic!("{kind} {content:?}"),
            }
        }
    }

    /// The type and the content of the next record.
    pub(crate) fn receive(&mut self) -> io::Result<(u8, Vec<u8>)> {
        let mut header = [0; 5];
        self.socket.read_exact(&mut header)?;
        let mut bytes = vec![0; usize::from(u16::from_be_bytes([header[3], header[4]]))];
        self.socket.read_exact(&mut bytes)?;
        let mut aad = header.to_vec();
        if !self.is_tls13 {
            let length = (bytes.len() - CHACHA20_POLY1305.tag_len()) as u16;
            aad[3..].copy_from_slice(&length.to_be_bytes());
            aad.splice(..0, self.rx.sequence.to_be_bytes());
        }
        let nonce = self.rx.nonce();
        let Direction { key, .. } = &self.rx;
        let content = key.open_in_place(nonce, Aad::from(aad), &mut bytes);
        let mut content = content.expect("a genuine record").to_vec();
        let kind = match self.is_tls13 {
            true => content.pop().expect("a type"), // this server adds no padding
            false => header[0],
        };
        Ok((kind, content))
    }

    /// Everything that the application sends up to the end, and the alert before the end.
    pub(crate) fn receive_all(&mut self) -> (String, Option<u8>) {
        let (mut data, mut alert) = (Vec::new(), None);
        while let Ok((kind, content)) = self.receive() {
            match kind {
                DATA => data.extend(content),
                ALERT => alert = Some(content[1]),
                HANDSHAKE => {}
                _ => panic!("a record of the type {kind}"),
            }
        }
        (String::from_utf8(data).unwrap(), alert)
    }
}

fn header(kind: u8, length: usize) -> [u8; 5] {
    let [high, low] = u16::try_from(length).unwrap().to_be_bytes();
    [kind, 3, 3, high, low]
}
