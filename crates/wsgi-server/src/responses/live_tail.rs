//! The source of a response's further pieces, if its body is live.

use std::mem;

use wsgi_environ::Errors;
use wsgi_gateway::{Engine, Live};

use crate::fastcgi::records;

/// The source of the further pieces of a response whose body is live. It keeps what is needed of
/// the protocol, and nothing that a page without a thread could do without.
#[derive(Debug)]
pub(crate) struct LiveTail {
    pub(super) body: Box<Live>,
    pub(super) coding: Coding,
    /// Whether the client can tell by the length or the chunks that a response breaks off.
    shows_its_end: bool,
    /// The number of bytes that were taken from the body.
    pub(super) body_bytes: u64,
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
    pub(crate) fn attach<Ring>(&mut self, doorbell: impl FnOnce() -> Ring)
    where
        Ring: Fn() + Send + Sync + 'static,
    {
        if !mem::replace(&mut self.is_attached, true) {
            self.body.notify(doorbell());
        }
    }

    /// Tells the senders that the server shuts down.
    pub(crate) fn set_draining(&self) {
        self.body.set_draining();
    }

    /// Whether the next [refill](crate::responses::tail::Tail::refill) or the drop may run code of
    /// the application, or has something for the log.
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

    /// Whether the client can tell by the length or the chunks that the response breaks off.
    pub(crate) fn shows_its_end(&self) -> bool {
        self.shows_its_end
    }

    /// Writes a small piece.
    pub(super) fn write(&self, out: &mut Vec<u8>, bytes: &[u8]) {
        match self.coding {
            Coding::Plain => out.extend_from_slice(bytes),
            Coding::Chunked => wsgi_http1::encode::chunk(out, bytes),
            Coding::Records { id, .. } => records::write(out, id, bytes),
        }
    }
}
