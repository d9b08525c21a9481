//! The source of a response's further pieces, if its body is live.

use std::mem;

use wsgi_environ::Errors;
use wsgi_fastcgi::RecordType;
use wsgi_gateway::{Engine, Live, Piece};

use crate::{
    connections::{lingering::Expected, next::Next},
    loops::mailbox::Doorbell,
    options::READ_SIZE,
    responses::tail::Tail,
};

/// The source of the further pieces of a response whose body is live. It keeps what is needed of
/// the protocol, and nothing that a page without a thread could do without.
#[derive(Debug)]
pub(crate) struct LiveTail {
    body: Box<Live>,
    coding: Coding,
    /// Whether the client can tell by the length or the chunks that a response breaks off.
    shows_its_end: bool,
    /// The number of bytes that were taken from the body.
    body_bytes: u64,
    /// Whether the loop is told of chunks.
    is_attached: bool,
    /// Whether a front server has given the request up while its body was read.
    is_given_up: bool,
}

/// The form of a piece.
#[derive(Debug)]
pub(crate) enum Coding {
    Plain,
    Chunked,
    Records {
        id: u16,
        /// The records after the last piece.
        trailer: Vec<u8>,
    },
}

/// The result of looking for the next pieces of a live body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refill {
    /// Bytes to send.
    Some,
    /// Nothing at present.
    Nothing,
    /// The end.
    End,
    /// An end that is too early.
    Broken,
}

/// Pieces of up to this many bytes are copied, so that several are sent together. Larger ones are
/// sent from where they are.
const COPIED: usize = 1024;

impl LiveTail {
    pub(super) fn new(body: Box<Live>, coding: Coding, shows_its_end: bool) -> Box<Self> {
        Box::new(Self {
            body,
            coding,
            shows_its_end,
            body_bytes: 0,
            is_attached: false,
            is_given_up: false,
        })
    }

    /// Has the loop of the connection told of chunks that come while it waits.
    pub(crate) fn attach(&mut self, doorbell: impl FnOnce() -> Doorbell) {
        if !mem::replace(&mut self.is_attached, true) {
            let doorbell = doorbell();
            self.body.notify(move || doorbell.ring());
        }
    }

    /// Tells the senders that the server shuts down.
    pub(crate) fn set_draining(&self) {
        self.body.set_draining();
    }

    /// Whether the next [refill](Tail::refill) or the drop may run code of the application, or has
    /// something for the log.
    pub(crate) fn may_call(&self) -> bool {
        self.body.is_filtered() || self.body.has_report()
    }

    /// Writes to the log why the body broke off, if it did.
    pub(crate) fn report(&mut self, engine: &Engine, errors: &Errors) {
        if self.body.has_report() {
            engine.report(&mut self.body, errors);
        }
    }

    /// The number of bytes that were taken from the body.
    pub(crate) fn body_bytes(&self) -> u64 {
        self.body_bytes
    }

    /// Adds bytes after the response.
    pub(super) fn follow(&mut self, bytes: &[u8]) {
        if let Coding::Records { trailer, .. } = &mut self.coding {
            trailer.extend_from_slice(bytes);
        }
    }

    /// Writes the end of the response.
    pub(crate) fn end(&self, out: &mut Vec<u8>) {
        match &self.coding {
            Coding::Plain => {}
            Coding::Chunked => wsgi_http1::encode::last_chunk(out),
            Coding::Records { trailer, .. } => out.extend_from_slice(trailer),
        }
    }

    /// The id of a FastCGI request.
    pub(crate) fn request_id(&self) -> Option<u16> {
        match self.coding {
            Coding::Records { id, .. } => Some(id),
            _ => None,
        }
    }

    /// Notes that a front server has given the request up.
    pub(crate) fn give_up(&mut self) {
        self.is_given_up = true;
    }

    /// Whether a front server has given the request up, as far as this was noted.
    pub(crate) fn is_given_up(&self) -> bool {
        self.is_given_up
    }

    /// The continuation after a response that has broken off.
    pub(crate) fn broken(&self) -> Next {
        match self.coding {
            _ if self.shows_its_end => Next::Linger(Expected::Request),
            Coding::Records { id, .. } => Next::Break(Some(id)),
            _ => Next::Break(None),
        }
    }

    /// Writes a small piece.
    fn write(&self, out: &mut Vec<u8>, bytes: &[u8]) {
        match self.coding {
            Coding::Plain => out.extend_from_slice(bytes),
            Coding::Chunked => wsgi_http1::encode::chunk(out, bytes),
            Coding::Records { id, .. } => {
                wsgi_fastcgi::encode::stream(out, RecordType::STDOUT, id, bytes);
            }
        }
    }
}

impl Tail {
    /// Takes what has come of a live body: small pieces into `out`, or a large one as the rest,
    /// after what is in `out`.
    pub(crate) fn refill(&mut self, out: &mut Vec<u8>) -> Refill {
        let Some(live) = &mut self.live else {
            return Refill::End;
        };
        while out.len() < READ_SIZE {
            let end = match live.body.next_piece() {
                Piece::Chunk(chunk) => {
                    live.body_bytes += chunk.len() as u64;
                    match chunk.bytes() {
                        Ok(bytes) if bytes.len() <= COPIED => {
                            live.write(out, bytes);
                            match live.body.may_wait() {
                                true => return Refill::Some,
                                false => continue,
                            }
                        }
                        _ => {}
                    }
                    match live.coding {
                        Coding::Plain => self.set_rest(chunk, None, b""),
                        Coding::Chunked => {
                            wsgi_http1::encode::chunk_size(out, chunk.len() as u64);
                            self.set_rest(chunk, None, b"\r\n");
                        }
                        Coding::Records { id, .. } => self.set_rest(chunk, Some(id), b""),
                    }
                    return Refill::Some;
                }
                Piece::Nothing => Refill::Nothing,
                Piece::End => Refill::End,
                _ => Refill::Broken,
            };
            // What came before has to be sent first.
            return if out.is_empty() { end } else { Refill::Some };
        }
        Refill::Some
    }
}
