//! The TLS channel of a connection (RFC 8446), through which everything passes between its socket
//! and the server.

mod incoming;
mod opened;
mod parts;
mod sealed;
mod session;

use std::{
    io,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

use crate::{
    listeners::listener::Listener,
    peers::{
        channel::session::Session,
        socket::{SOCKET_NAMES, Socket},
    },
    tls::{
        facts::tls_facts::TlsFacts,
        listener_tls::{ListenerTls, Terms},
    },
};

/// The TLS channel of a connection. Its handshake runs step by step: bytes are
/// [received](Self::receive), then [taken in](Self::advance), and the answer is
/// [sent](Self::flush). Afterwards bytes are read and written through it.
///
/// A thread that reads and one that writes may use it at the same time. None waits for the peer
/// while it holds the lock.
#[derive(Debug)]
pub(crate) struct Channel {
    session: Mutex<Session>,
    /// The variables of the channel, once the handshake is over.
    facts: OnceLock<TlsFacts>,
}

/// The channels of the clients of a listener.
#[derive(Debug)]
pub(crate) struct Channels(ListenerTls);

impl Channels {
    /// The channels of a listener that speaks TLS.
    pub(crate) fn of(listener: &Listener) -> io::Result<Option<Self>> {
        let Some(tls) = &listener.tls else {
            return Ok(None);
        };
        let address = listener.local_addr()?.to_string();
        Ok(Some(Channels(tls.at(&address))))
    }

    /// A channel for the next client. `None` if the configuration allows none.
    pub(crate) fn open(&self) -> Option<Box<Channel>> {
        Channel::new(self.0.terms())
    }
}

/// The part of its handshake that a peer has sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Received {
    /// Nothing that can be taken in yet.
    Partial,
    /// A whole record.
    Record,
    /// A request in clear, where a handshake was expected.
    Clear,
    /// The end of the connection.
    End,
}

impl Channel {
    /// The channel of a client that is about to begin its handshake.
    fn new(terms: Terms) -> Option<Box<Self>> {
        Some(Box::new(Self {
            session: Mutex::new(Session::new(terms).ok()?),
            facts: OnceLock::new(),
        }))
    }

    fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Receives bytes of the handshake, as far as they have come or until a record is whole.
    pub(crate) fn receive(&self, socket: &Socket) -> io::Result<Received> {
        self.session().receive(socket)
    }

    /// Takes in what was received of the handshake. Returns whether it is over. The certificate's
    /// resolver, which may be the program's own code, and signatures run in here.
    ///
    /// # Errors
    ///
    /// The handshake has failed. What there is to tell the peer can still be
    /// [sent](Self::flush); everything else passes in clear from now on.
    pub(crate) fn advance(&self) -> io::Result<bool> {
        let mut session = self.session();
        let is_over = session.advance().map_err(io::Error::other)?;
        if is_over {
            let _ = self.facts.set(session.facts()); // once
        }
        Ok(is_over)
    }

    /// Whether the handshake is over, so that requests can come.
    pub(crate) fn is_open(&self) -> bool {
        self.facts.get().is_some()
    }

    /// Whether the peer has sent some of its handshake.
    pub(crate) fn has_begun(&self) -> bool {
        self.session().has_begun()
    }

    /// Whether the handshake went on with an earlier session.
    pub(crate) fn is_resumed(&self) -> bool {
        self.session().is_resumed()
    }

    /// Sends what is left of the handshake, or of the announcement of the end. Returns false if the
    /// peer has to take it first.
    pub(crate) fn flush(&self, socket: &Socket) -> io::Result<bool> {
        self.session().flush(socket)
    }

    /// Gives up the handshake. Everything passes in clear from now on. Returns the bytes that were
    /// received.
    pub(crate) fn give_up(&self) -> Vec<u8> {
        self.session().give_up()
    }

    /// Reads bytes of the application. A read that does not fill the buffer has taken everything
    /// that the socket had.
    pub(crate) fn read(&self, socket: &Socket, buffer: &mut [u8]) -> io::Result<usize> {
        self.session().read(socket, buffer)
    }

    /// Writes bytes of the application, and returns the number of bytes that the socket has taken.
    /// After `WouldBlock`, the next write has to begin with the same bytes.
    pub(crate) fn write(&self, socket: &Socket, parts: &[&[u8]]) -> io::Result<usize> {
        self.session().write(socket, parts)
    }

    /// Refuses further writes: one was given up before its end.
    pub(crate) fn fail(&self) {
        self.session().fail();
    }

    /// Whether a read returns something whatever the socket has: bytes, the end, or an error.
    pub(crate) fn can_be_read(&self) -> bool {
        self.session().can_be_read()
    }

    /// The number of bytes that were received but not read. What was not decrypted is counted with
    /// everything that TLS adds to it.
    pub(crate) fn unread_bytes(&self) -> usize {
        self.session().unread_bytes()
    }

    /// Whether records wait for the peer to take those before them.
    pub(crate) fn has_unsent(&self) -> bool {
        self.session().has_unsent()
    }

    /// Whether a part of a record has come.
    pub(crate) fn is_midway(&self) -> bool {
        self.session().is_midway()
    }

    /// Tells the peer that nothing more will come (RFC 8446 section 6.1). Returns false if the peer
    /// has to take what is before that first: then it has to be [sent](Self::flush).
    pub(crate) fn close(&self, socket: &Socket) -> bool {
        self.session().close(socket)
    }

    /// The names of all variables that such a connection can have, with those of its socket.
    pub(crate) fn names(&self) -> &'static [&'static str] {
        const OF_SOCKETS: usize = SOCKET_NAMES.len();
        const NAMES: [&str; OF_SOCKETS + TlsFacts::NAMES.len()] = {
            let mut names = [""; OF_SOCKETS + TlsFacts::NAMES.len()];
            let (of_sockets, of_channels) = names.split_at_mut(OF_SOCKETS);
            of_sockets.copy_from_slice(&SOCKET_NAMES);
            of_channels.copy_from_slice(&TlsFacts::NAMES);
            names
        };
        &NAMES
    }

    /// The variable of this name.
    pub(crate) fn variable(&self, name: &str) -> Option<&[u8]> {
        self.facts.get()?.variable(name)
    }
}
