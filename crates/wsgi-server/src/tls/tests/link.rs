//! A client, and the channel of a server that it is connected to.

use std::{
    io::{self, Read, Write},
    os::unix::net::UnixStream,
};

use rustls::{ClientConnection, HandshakeKind};

use crate::{
    listeners::listener::Listener,
    peers::{
        channel::{Channel, Channels, Received},
        socket::Socket,
    },
    tls::{
        setup::Tls,
        tests::{authority::Authority, handshake::Client},
    },
};

/// A client, and the channel of a server that it is connected to. No side waits for the other.
pub(super) struct Link {
    pub(super) client: ClientConnection,
    near: UnixStream,
    pub(super) channel: Box<Channel>,
    pub(super) socket: Socket,
}

impl Link {
    /// A link after the handshake, or the error of the server.
    pub(super) fn new(client: &Client, channels: &Channels) -> io::Result<Self> {
        let (near, far) = UnixStream::pair().unwrap();
        near.set_nonblocking(true).unwrap();
        far.set_nonblocking(true).unwrap();
        let mut link = Self {
            client: client.begin_alone("a.test"),
            near,
            channel: channels.open().unwrap(),
            socket: Socket::Unix(far),
        };
        while !link.channel.is_open() {
            link.flush();
            while link.channel.receive(&link.socket)? == Received::Record {
                link.channel.advance()?;
                assert!(link.channel.flush(&link.socket)?, "the socket has room");
                if link.channel.is_open() {
                    break;
                }
            }
            link.take();
        }
        link.take(); // tickets
        Ok(link)
    }

    /// A link of such a client to a server with a certificate.
    pub(super) fn of(client: &Client) -> Self {
        let issued = Authority::new("server").issue(&["a.test"]);
        let tls = Tls::builder().certificate_pem(&issued.pem, &issued.key);
        Self::new(client, &channels(&tls.build().unwrap())).unwrap()
    }

    pub(super) fn is_resumed(&self) -> bool {
        self.client.handshake_kind() == Some(HandshakeKind::Resumed)
    }

    /// Has the client send bytes.
    pub(super) fn send(&mut self, bytes: &[u8]) {
        self.client.writer().write_all(bytes).unwrap();
        self.flush();
    }

    fn flush(&mut self) {
        while self.client.wants_write() {
            self.client.write_tls(&mut self.near).unwrap();
        }
    }

    /// Takes everything that has come to the client.
    pub(super) fn take(&mut self) -> Vec<u8> {
        let mut taken = Vec::new();
        loop {
            match self.client.read_tls(&mut self.near) {
                Ok(0) => return taken,
                Ok(_) => drop(self.client.process_new_packets().unwrap()),
                Err(error) => {
                    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
                    return taken;
                }
            }
            let read = self.client.reader().read_to_end(&mut taken);
            if let Err(error) = read {
                assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
            }
        }
    }
}

/// The channels of a listener with this setup.
pub(super) fn channels(tls: &Tls) -> Channels {
    let listener = Listener::bind("127.0.0.1:0").unwrap().tls(tls);
    Channels::of(&listener).unwrap().unwrap()
}
