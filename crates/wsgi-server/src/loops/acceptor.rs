//! Taking connections from a listening socket.

use std::{
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use mio::{
    Interest, Registry, Token,
    net::{TcpListener, TcpStream},
};
use rustix::io::Errno;

/// A listening socket of a loop.
#[derive(Debug)]
pub(crate) struct Acceptor {
    listener: TcpListener,
    token: Token,
    /// Whether connections may be waiting.
    ready: bool,
    /// Until when nothing is accepted, after the system ran out of something.
    paused: Option<Instant>,
}

/// How many clients are passed over in a row before others have their turn.
const RETRIES: usize = 64;

/// How long accepting rests when the system has no descriptor or memory left.
const PAUSE: Duration = Duration::from_millis(100);

/// What accept(2) may say of a client that went wrong before its turn.
const PASSED_OVER: [Errno; 12] = [
    Errno::INTR,
    Errno::CONNABORTED,
    Errno::CONNRESET,
    Errno::PROTO,
    Errno::NOPROTOOPT,
    Errno::HOSTDOWN,
    Errno::HOSTUNREACH,
    Errno::NETDOWN,
    Errno::NETUNREACH,
    Errno::OPNOTSUPP,
    Errno::TIMEDOUT,
    Errno::PERM, // a rule of a firewall
];

impl Acceptor {
    pub(crate) fn new(
        listener: TcpListener,
        registry: &Registry,
        number: usize,
    ) -> io::Result<Self> {
        let token = Token(usize::MAX - 2 - number);
        let mut listener = listener;
        registry.register(&mut listener, token, Interest::READABLE)?;
        Ok(Acceptor {
            listener,
            token,
            ready: true,
            paused: None,
        })
    }

    pub(crate) fn token(&self) -> Token {
        self.token
    }

    pub(crate) fn mark_ready(&mut self) {
        self.ready = true;
    }

    /// Whether connections may be waiting, now or after a pause.
    pub(crate) fn may_have_more(&self) -> bool {
        self.ready
    }

    /// Accepts nothing for a while.
    pub(crate) fn pause(&mut self, now: Instant) {
        self.paused = Some(now + PAUSE);
    }

    /// When to try again after a pause.
    pub(crate) fn paused_until(&self) -> Option<Instant> {
        self.paused
    }

    /// Whether it is worth trying.
    pub(crate) fn is_ready(&self, now: Instant) -> bool {
        self.ready && self.paused.is_none_or(|until| until <= now)
    }

    /// Takes the next connection, if there is one. A client that went away
    /// before its turn is passed over; where the system has no descriptor left,
    /// or fails otherwise, accepting pauses and the client waits in the queue.
    pub(crate) fn accept(&mut self, now: Instant) -> Option<(TcpStream, SocketAddr)> {
        self.paused = None;
        for _ in 0..RETRIES {
            let error = match self.listener.accept() {
                Ok(accepted) => return Some(accepted),
                Err(error) => error,
            };
            if error.kind() == io::ErrorKind::WouldBlock {
                self.ready = false;
                return None;
            }
            let errno = Errno::from_io_error(&error);
            if !errno.is_some_and(|errno| PASSED_OVER.contains(&errno)) {
                self.pause(now);
                return None;
            }
        }
        None
    }
}
