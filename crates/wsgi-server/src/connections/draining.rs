//! The rest of a body that the application left, on its way to nowhere.

use std::io;

use crate::{
    options::{DRAIN_LIMIT, READ_SIZE},
    peers::peer::Peer,
    requests::{decoder::Decoder, rejection::Rejection},
};

/// A body that is read and thrown away, so that the connection can be used again.
#[derive(Debug)]
pub(crate) struct Draining {
    decoder: Decoder,
    /// Bytes that were received and not decoded.
    raw: Vec<u8>,
    /// The number of decoded bytes in `raw`.
    used: usize,
    /// Bytes for the peer when the body is over.
    replies: Vec<u8>,
    /// The number of bytes that are still thrown away.
    allowance: u64,
}

/// The progress of throwing a body away.
#[derive(Debug)]
pub(crate) enum Drained {
    /// To its end.
    Whole,
    /// As far as it has come.
    Partly,
    /// As far as it is put up with.
    TooLarge,
    /// As far as it is well-formed.
    Malformed(Rejection),
}

impl Draining {
    pub(crate) fn new(decoder: Decoder, raw: Vec<u8>) -> Self {
        Draining {
            decoder,
            raw,
            used: 0,
            replies: Vec::new(),
            allowance: DRAIN_LIMIT,
        }
    }

    /// Throws away the bytes that have come.
    pub(crate) fn discard(&mut self) -> Drained {
        while !self.is_over() {
            // Also if nothing is left: an error may come after the last data.
            let rest = &self.raw[self.used..];
            match self.decoder.decode(rest, &mut self.replies) {
                Ok(_) if rest.is_empty() => break,
                Ok(decoded) => self.used += decoded.consumed,
                Err(rejection) => return Drained::Malformed(rejection),
            }
        }
        if self.is_over() {
            return Drained::Whole;
        }
        let used = self.used as u64;
        if used > self.allowance {
            return Drained::TooLarge;
        }
        self.allowance -= used;
        self.raw.clear();
        self.used = 0;
        Drained::Partly
    }

    /// Whether a front server has given the request up, with what was received and these further
    /// bytes. `gives_up` looks at the records after the body.
    pub(crate) fn is_given_up(&self, further: &[u8], gives_up: impl Fn(&[u8]) -> bool) -> bool {
        let (mut decoder, mut replies) = (self.decoder.clone(), Vec::new());
        let bytes = [&self.raw[self.used..], further].concat();
        let mut rest = &bytes[..];
        while !decoder.is_finished() && !decoder.is_aborted() {
            match decoder.decode(rest, &mut replies) {
                Ok(_) if rest.is_empty() => return false,
                Ok(decoded) => rest = &rest[decoded.consumed..],
                Err(_) => return false, // is an error of the next phase
            }
        }
        decoder.is_aborted() || gives_up(rest)
    }

    /// Reads more of the body. 0 says that the peer has ended its side.
    pub(crate) fn read(&mut self, peer: &Peer) -> io::Result<usize> {
        self.raw.resize(READ_SIZE, 0);
        let read = peer.read(&mut self.raw);
        self.raw.truncate(*read.as_ref().unwrap_or(&0));
        read
    }

    /// The bytes for the peer, and those that follow the body.
    pub(crate) fn into_parts(mut self) -> (Vec<u8>, Vec<u8>) {
        (self.replies, self.raw.split_off(self.used))
    }

    fn is_over(&self) -> bool {
        self.decoder.is_finished() || self.decoder.is_aborted()
    }
}
