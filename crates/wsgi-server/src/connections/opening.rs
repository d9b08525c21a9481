//! The start of a connection on which a proxy has to name its client.

use std::{fmt, io, net::SocketAddr, sync::Arc};

use crate::{
    instant::Instant,
    listeners::proxies::Proxies,
    peers::{client::Client, peer::Peer},
};

/// The start of a connection, until the header of the PROXY protocol is complete.
#[derive(Debug)]
pub(crate) struct Opening {
    proxies: Arc<dyn Proxies>,
    /// The address of the peer, which has to be a proxy; `None` on a Unix socket.
    address: Option<SocketAddr>,
    /// The part of the header that was read.
    received: Vec<u8>,
    /// When the header has to be complete.
    deadline: Instant,
}

/// The progress of a header.
#[derive(Debug)]
pub(crate) enum Progress {
    /// The rest has not come yet.
    Partial,
    /// It is complete, and was read. It may name a client.
    Complete(Option<Box<Client>>),
}

/// The reason why a connection is closed instead of opened.
#[derive(Debug)]
pub(crate) enum Obstacle {
    Untrusted,
    /// The header is malformed, or beyond its limit.
    Rejected(&'static str),
    /// The peer has ended the connection.
    Ended,
    TimedOut,
    /// The connection has broken.
    Failed,
}

impl Opening {
    pub(crate) fn new(
        proxies: Arc<dyn Proxies>,
        address: Option<SocketAddr>,
        deadline: Instant,
    ) -> Self {
        Self {
            proxies,
            address,
            received: Vec::new(),
            deadline,
        }
    }

    /// Whether the peer may send a header.
    pub(crate) fn is_trusted(&self) -> bool {
        self.proxies.trusts(self.address)
    }

    /// Whether nothing has come.
    pub(crate) fn is_idle(&self) -> bool {
        self.received.is_empty()
    }

    pub(crate) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Reads the header as far as it has come, and no byte more: what follows may belong to a TLS
    /// handshake.
    pub(crate) fn receive(&mut self, peer: &Peer, buffer: &mut [u8]) -> Result<Progress, Obstacle> {
        loop {
            let known = self.received.len();
            let room = self.proxies.header_limit().saturating_sub(known).max(1);
            let most = room.min(buffer.len());
            let count = match peer.peek(&mut buffer[..most]) {
                Ok(0) => return Err(Obstacle::Ended),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Ok(Progress::Partial);
                }
                Err(_) => return Err(Obstacle::Failed),
            };
            self.received.extend_from_slice(&buffer[..count]);
            let header = self.proxies.parse(&self.received);
            let (taken, complete) = match header.map_err(Obstacle::Rejected)? {
                None => (count, None),
                Some(header) => (header.length - known, Some(header.client)),
            };
            let skipped = peer.skip(&mut buffer[..taken]);
            skipped.map_err(|_| Obstacle::Failed)?;
            if let Some(client) = complete {
                let client = client.map(|named| Box::new(Client::of(named, peer)));
                return Ok(Progress::Complete(client));
            }
        }
    }

    /// The peer, for the log.
    pub(crate) fn peer(&self) -> String {
        match self.address {
            None => "a Unix socket".to_owned(),
            Some(address) => {
                let (ip, port) = (address.ip().to_canonical(), address.port());
                SocketAddr::new(ip, port).to_string()
            }
        }
    }

    /// Whether the log tells of an obstacle. Nobody has to know of a connection that broke, or on
    /// which the peer sent nothing before it ended: some checks of a server's health do that.
    pub(crate) fn is_news(&self, obstacle: &Obstacle) -> bool {
        match obstacle {
            Obstacle::Failed => false,
            Obstacle::Ended => !self.is_idle(),
            _ => true,
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Untrusted => f.write_str("the peer is not a trusted proxy"),
            Self::Rejected(reason) => f.write_str(reason),
            Self::Ended => f.write_str("incomplete PROXY protocol header"),
            Self::TimedOut => f.write_str("no PROXY protocol header in time"),
            Self::Failed => f.write_str("the connection has broken"),
        }
    }
}

#[cfg(all(test, feature = "proxy-protocol"))]
mod tests {
    use std::{io::Write, os::unix::net::UnixStream};

    use wsgi_proxy_protocol::Rejection;

    use super::*;
    use crate::{listeners::proxy_protocol::ProxyProtocol, peers::socket::Socket};

    /// A connection, as the server and as its peer see it, and its start.
    fn begun() -> (Arc<Peer>, UnixStream, Opening) {
        let (socket, theirs) = Socket::pair();
        let peer = Arc::new(Peer::new(socket, None, None));
        let proxies = Arc::new(ProxyProtocol::new().trust_unix(true).max_header_bytes(0));
        (peer, theirs, Opening::new(proxies, None, Instant::now()))
    }

    const LINE: &[u8] = b"PROXY TCP4 192.0.2.7 203.0.113.1 56324 443\r\n";

    #[test]
    fn a_header_is_read_to_its_end_however_it_is_cut() {
        for cut in 0..LINE.len() {
            let (peer, mut theirs, mut opening) = begun();
            let buffer = &mut [0; 4096];
            theirs.write_all(&LINE[..cut]).unwrap();
            let progress = opening.receive(&peer, buffer).unwrap();
            assert!(matches!(progress, Progress::Partial), "cut at {cut}");
            assert_eq!(opening.is_idle(), cut == 0);
            theirs.write_all(&LINE[cut..]).unwrap();
            theirs.write_all(b"GET").unwrap();
            let Progress::Complete(client) = opening.receive(&peer, buffer).unwrap() else {
                panic!("cut at {cut}");
            };
            let client = client.expect("a client");
            assert_eq!(
                client.variable("REMOTE_ADDR", &peer),
                Some(&b"192.0.2.7"[..])
            );
            let rest = peer.read(buffer).unwrap();
            assert_eq!(&buffer[..rest], b"GET", "cut at {cut}");
        }
    }

    #[test]
    fn no_more_bytes_are_kept_than_a_header_may_have() {
        let (peer, mut theirs, mut opening) = begun();
        theirs.write_all(b"PROXY UNKNOWN ").unwrap();
        theirs.write_all(&[b'x'; 10_000]).unwrap();
        let result = opening.receive(&peer, &mut [0; 4096]);
        let reason = Rejection::Line.reason();
        assert!(matches!(result, Err(Obstacle::Rejected(it)) if it == reason));
        assert_eq!(opening.received.len(), 107);
        assert!(opening.is_news(&result.unwrap_err()));
    }

    #[test]
    fn the_end_before_the_first_byte_is_no_news() {
        let (peer, theirs, mut opening) = begun();
        drop(theirs);
        let ended = opening.receive(&peer, &mut [0; 4096]).unwrap_err();
        assert!(!opening.is_news(&ended));
        opening.received.push(b'P');
        assert!(opening.is_news(&ended));
    }
}
