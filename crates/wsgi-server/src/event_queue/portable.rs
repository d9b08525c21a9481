//! The event queue of other systems, by mio. It wakes every loop for a client.

use std::{
    io,
    os::fd::{AsFd, AsRawFd},
    time::Duration,
};

use mio::{Interest, Poll, event::Source, unix::SourceFd};

use super::{CAPACITY, Events, Token};

/// The sockets of a loop, and the events of its last wait.
#[derive(Debug)]
pub(crate) struct EventQueue {
    poll: Poll,
    events: mio::Events,
}

impl EventQueue {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            poll: Poll::new()?,
            events: mio::Events::with_capacity(CAPACITY),
        })
    }

    /// Tells of these events of a socket from now on, instead of those `before`.
    pub(crate) fn tell(
        &self,
        socket: impl AsFd,
        token: Token,
        before: Option<Events>,
        events: Option<Events>,
    ) -> io::Result<()> {
        let (registry, token) = (self.poll.registry(), mio::Token(token.0));
        let descriptor = socket.as_fd().as_raw_fd();
        let mut source = SourceFd(&descriptor);
        match (before, events) {
            (None, None) => Ok(()),
            (None, Some(events)) => source.register(registry, token, events.interest()),
            (Some(_), Some(events)) => source.reregister(registry, token, events.interest()),
            (Some(_), None) => source.deregister(registry),
        }
    }

    /// Tells from now on when clients come to a listening socket.
    pub(crate) fn add_listener(
        &self,
        socket: impl AsFd,
        token: Token,
        _is_own: bool,
    ) -> io::Result<()> {
        let descriptor = socket.as_fd().as_raw_fd();
        let (registry, token) = (self.poll.registry(), mio::Token(token.0));
        SourceFd(&descriptor).register(registry, token, Interest::READABLE)
    }

    /// Tells no longer of a socket.
    pub(crate) fn remove(&self, socket: impl AsFd) -> io::Result<()> {
        SourceFd(&socket.as_fd().as_raw_fd()).deregister(self.poll.registry())
    }

    /// Waits for events until a time is up, or a signal comes.
    pub(crate) fn wait(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        match self.poll.poll(&mut self.events, timeout) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            result => result,
        }
    }

    /// Whether the last wait brought no event.
    pub(crate) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// The sockets that the last wait brought events of, and whether their peers have ended their
    /// side.
    pub(crate) fn events(&self) -> impl Iterator<Item = (Token, bool)> {
        self.events.iter().map(|event| {
            let has_ended = event.is_read_closed() || event.is_error();
            (Token(event.token().0), has_ended)
        })
    }
}

impl Events {
    fn interest(self) -> Interest {
        match self {
            Self::Received => Interest::READABLE,
            Self::All => Interest::READABLE | Interest::WRITABLE,
        }
    }
}

/// Ends the wait of a queue, from any thread.
#[derive(Debug)]
pub(crate) struct Waker(mio::Waker);

impl Waker {
    pub(crate) fn new(queue: &EventQueue, token: Token) -> io::Result<Self> {
        let token = mio::Token(token.0);
        Ok(Self(mio::Waker::new(queue.poll.registry(), token)?))
    }

    pub(crate) fn wake(&self) -> io::Result<()> {
        self.0.wake()
    }
}
