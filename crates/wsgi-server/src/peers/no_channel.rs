//! The TLS channel of a server without TLS, which no connection has.

use std::{convert::Infallible, io};

use crate::{listeners::listener::Listener, peers::socket::Socket};

/// A channel that cannot exist.
#[derive(Debug)]
pub(crate) struct Channel(Infallible);

/// The part of its handshake that a peer has sent.
#[derive(Clone, Copy, Debug)]
#[expect(dead_code, reason = "there is no handshake")]
pub(crate) enum Received {
    Partial,
    Record,
    Clear,
    End,
}

/// The channels of a listener's clients, which cannot exist.
#[derive(Debug)]
pub(crate) struct Channels(Infallible);

impl Channels {
    #[expect(clippy::unnecessary_wraps, reason = "with TLS it can fail")]
    pub(crate) fn of(_: &Listener) -> io::Result<Option<Self>> {
        Ok(None)
    }

    pub(crate) fn open(&self) -> Option<Box<Channel>> {
        match self.0 {}
    }
}

impl Channel {
    pub(crate) fn receive(&self, _: &Socket) -> io::Result<Received> {
        match self.0 {}
    }

    pub(crate) fn advance(&self) -> io::Result<bool> {
        match self.0 {}
    }

    pub(crate) fn is_open(&self) -> bool {
        match self.0 {}
    }

    pub(crate) fn has_begun(&self) -> bool {
        match self.0 {}
    }

    pub(crate) fn is_resumed(&self) -> bool {
        match self.0 {}
    }

    pub(crate) fn flush(&self, _: &Socket) -> io::Result<bool> {
        match self.0 {}
    }

    pub(crate) fn give_up(&self) -> Vec<u8> {
        match self.0 {}
    }

    pub(crate) fn read(&self, _: &Socket, _: &mut [u8]) -> io::Result<usize> {
        match self.0 {}
    }

    pub(crate) fn write(&self, _: &Socket, _: &[&[u8]]) -> io::Result<usize> {
        match self.0 {}
    }

    pub(crate) fn fail(&self) {
        match self.0 {}
    }

    pub(crate) fn can_be_read(&self) -> bool {
        match self.0 {}
    }

    pub(crate) fn unread_bytes(&self) -> usize {
        match self.0 {}
    }

    pub(crate) fn has_unsent(&self) -> bool {
        match self.0 {}
    }

    pub(crate) fn is_midway(&self) -> bool {
        match self.0 {}
    }

    pub(crate) fn close(&self, _: &Socket) -> bool {
        match self.0 {}
    }

    pub(crate) fn names(&self) -> &'static [&'static str] {
        match self.0 {}
    }

    pub(crate) fn variable(&self, _: &str) -> Option<&[u8]> {
        match self.0 {}
    }
}
