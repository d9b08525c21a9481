//! The rest of a response, which the loop sends without the application.

use std::borrow::Cow;

use wsgi_application::Chunk;
use wsgi_gateway::Rest;

use crate::{
    fastcgi::envelope::Envelope,
    responses::{disk, live_tail::LiveTail},
};

/// The rest of a response after the application has returned. The loop sends it.
#[derive(Debug)]
pub(crate) struct Tail {
    /// The bytes or the file to send; nothing while the next piece of a live body is yet to come.
    pub(crate) rest: Rest,
    /// Whether a file is on a disk that may hang.
    pub(crate) may_hang: bool,
    /// The number of bytes that were sent, if the rest consists of bytes.
    pub(crate) start: usize,
    /// The records around the rest in FastCGI.
    pub(crate) envelope: Option<Envelope>,
    /// The bytes after the rest.
    pub(crate) trailer: Cow<'static, [u8]>,
    /// The source of the next pieces, if the body is live.
    pub(crate) live: Option<Box<LiveTail>>,
}

impl Tail {
    /// A rest without records, or `None` if nothing is left. If it is a file, its disk may hold
    /// this up.
    pub(crate) fn of(rest: Rest) -> Option<Box<Self>> {
        if matches!(rest, Rest::Nothing) {
            return None;
        }
        Some(Box::new(Self {
            may_hang: matches!(&rest, Rest::File(file, _) if disk::may_hang(file)),
            rest,
            start: 0,
            envelope: None,
            trailer: Cow::Borrowed(b""),
            live: None,
        }))
    }

    /// The tail of a live body.
    pub(super) fn of_live(live: Box<LiveTail>) -> Box<Self> {
        Box::new(Self {
            rest: Rest::Nothing,
            may_hang: false,
            start: 0,
            envelope: None,
            trailer: Cow::Borrowed(b""),
            live: Some(live),
        })
    }

    /// Makes a piece of a live body the rest, with what goes after it. In FastCGI it gets records
    /// of the request with this `id`.
    pub(super) fn set_rest(&mut self, chunk: Chunk, id: Option<u16>, trailer: &'static [u8]) {
        self.rest = Rest::Bytes(chunk);
        self.start = 0;
        self.envelope = id.map(Envelope::new);
        self.trailer = Cow::Borrowed(trailer);
    }

    /// Whether the next piece of a live body is yet to come.
    pub(crate) fn is_dry(&self) -> bool {
        matches!(self.rest, Rest::Nothing)
    }

    /// Adds bytes after the response.
    pub(crate) fn follow(&mut self, bytes: &[u8]) {
        if let Some(live) = &mut self.live {
            live.follow(bytes);
        } else if self.envelope.is_some() {
            self.trailer.to_mut().extend_from_slice(bytes);
        }
    }

    /// The number of bytes of the rest that may follow those in `out`, which are sent first.
    pub(crate) fn room(&mut self, out: &mut Vec<u8>) -> usize {
        if let Some(envelope) = &mut self.envelope {
            let left = match &self.rest {
                Rest::Bytes(bytes) => (bytes.len() - self.start) as u64,
                Rest::File(_, left) => *left,
                _ => 0,
            };
            return envelope.room(left, out);
        }
        usize::MAX
    }

    /// At most `room` bytes of a rest in memory, and if they are the last, the trailer.
    pub(crate) fn next_bytes(&self, room: usize) -> [&[u8]; 2] {
        let Rest::Bytes(bytes) = &self.rest else {
            return [&[]; 2];
        };
        // If nothing is left to send before the end, the response is cut.
        let Ok(bytes) = bytes.bytes() else {
            return [&[]; 2];
        };
        let bytes = &bytes[self.start..];
        match bytes.split_at_checked(room) {
            Some((bytes, [_, ..])) => [bytes, &[]],
            _ => [bytes, &self.trailer],
        }
    }

    /// Notes that `count` bytes of the rest were sent, or are in `out`. If they were the last, adds
    /// the trailer to `out`. Returns whether nothing can follow.
    pub(crate) fn note(&mut self, count: usize, out: &mut Vec<u8>) -> bool {
        let is_over = match &mut self.rest {
            Rest::Bytes(bytes) => {
                self.start += count;
                self.start == bytes.len()
            }
            Rest::File(_, left) => {
                *left -= count as u64;
                *left == 0
            }
            _ => true,
        };
        if let Some(envelope) = &mut self.envelope {
            envelope.note(count);
        }
        if is_over {
            out.extend_from_slice(&self.trailer);
            self.rest = Rest::Nothing;
        }
        is_over && self.live.is_none()
    }
}
