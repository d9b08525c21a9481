//! Records give the same events and replies whole and in pieces, and keep to their limits.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wsgi_fastcgi::{BodyDecoder, Limits, Parsed, Rejection, RequestHead};
use wsgi_fuzz::pieces;

/// Limits so small that a fuzzer reaches each.
const LIMITS: Limits = Limits::new()
    .max_head_bytes(512)
    .max_params(4)
    .max_body_bytes(256)
    .max_interleaved(4)
    .max_connections(100);

/// The length of the longest record. It may be outside of a request.
const LONGEST_RECORD: usize = 8 + 65_535 + 255;

/// The length of the longest reply.
const LONGEST_REPLY: usize = 80;

/// The role of a program that answers requests, and of one that only permits them.
const RESPONDER: u8 = 1;
const AUTHORIZER: u8 = 2;

/// The records of a head without parameters. The body follows, which an Authorizer does not have.
const fn head(role: u8) -> [u8; 24] {
    [
        1, 1, 0, 1, 0, 8, 0, 0, 0, role, 1, 0, 0, 0, 0, 0, 1, 4, 0, 1, 0, 0, 0, 0,
    ]
}

/// An event of a connection, as the codec reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Event {
    /// A head, with everything that it tells.
    Head(String),
    /// The data of its body, joined.
    Data(Vec<u8>),
    /// The end of the body.
    End,
    /// The end of an aborted request.
    Aborted,
    /// A refusal. The codec does not read what follows.
    Rejected(Rejection, u16),
}

/// A connection on which requests arrive one after the other.
#[derive(Default)]
struct Connection {
    limits: Limits,
    events: Vec<Event>,
    replies: Vec<u8>,
    received: Vec<u8>,
    head: RequestHead,
    body: Option<BodyDecoder>,
    rejected: bool,
}

impl Connection {
    fn of<'a>(pieces: impl Iterator<Item = &'a [u8]>, limits: Limits) -> (Vec<Event>, Vec<u8>) {
        let mut records = 0;
        let mut connection = Connection {
            limits,
            ..Connection::default()
        };
        for piece in pieces {
            records += piece.len().div_ceil(8);
            connection.received.extend_from_slice(piece);
            while !connection.rejected && connection.advance() {}
        }
        assert!(connection.replies.len() <= records * LONGEST_REPLY);
        (connection.events, connection.replies)
    }

    /// Continues with the received bytes. `false` if more are needed.
    fn advance(&mut self) -> bool {
        let step = match self.body {
            None => self.head(),
            Some(_) => self.body(),
        };
        step.unwrap_or_else(|rejection| {
            self.events.push(Event::Rejected(rejection, self.head.id()));
            self.rejected = true;
            false
        })
    }

    fn head(&mut self) -> Result<bool, Rejection> {
        let parsed = self
            .head
            .parse(&self.received, &self.limits, &mut self.replies)?;
        match parsed {
            Parsed::Incomplete => {
                let limit = if self.head.id() == 0 {
                    LONGEST_RECORD
                } else {
                    512
                };
                assert!(self.received.len() < limit, "it waits for no more bytes");
                Ok(false)
            }
            Parsed::Skipped(length) => {
                assert!(self.head.id() == 0 && length >= 8);
                self.received.drain(..length);
                Ok(true)
            }
            Parsed::Complete(length) => {
                assert!(length <= 512);
                let head = describe(&self.head, &self.received[..length]);
                self.events.push(Event::Head(head));
                self.body = Some(BodyDecoder::new(&self.head, &self.limits));
                self.received.drain(..length);
                Ok(true)
            }
        }
    }

    fn body(&mut self) -> Result<bool, Rejection> {
        let Some(body) = &mut self.body else {
            return Ok(true);
        };
        let decoded = body.decode(&self.received, &mut self.replies)?;
        assert!(decoded.data.end <= decoded.consumed && decoded.consumed <= self.received.len());
        assert!(
            decoded.consumed > 0 || self.received.is_empty() || body.is_finished(),
            "every step consumes bytes"
        );
        let data = &self.received[decoded.data];
        match self.events.last_mut() {
            Some(Event::Data(before)) => {
                before.extend_from_slice(data);
                assert!(before.len() <= 256);
            }
            _ if data.is_empty() => {}
            _ => self.events.push(Event::Data(data.to_vec())),
        }
        self.received.drain(..decoded.consumed);
        let ended = match (body.is_finished(), body.is_aborted()) {
            (true, _) => Event::End,
            (_, true) => Event::Aborted,
            _ => return Ok(decoded.consumed > 0),
        };
        self.events.push(ended);
        self.body = None;
        Ok(true)
    }
}

/// Checks the promises of a head, and returns everything that it tells.
fn describe(head: &RequestHead, bytes: &[u8]) -> String {
    let text = head.text(bytes);
    assert!(head.id() != 0 && head.params(bytes).count() <= 4);
    let (mut end, mut method) = (0, None);
    for param in head.params(bytes) {
        assert!(param.name.0 > end && param.name.1 == param.value.0);
        end = param.value.1;
        if param.name(text) == b"REQUEST_METHOD" {
            method = Some(param.value);
        }
    }
    assert_eq!(end as usize, text.len(), "each byte belongs to a parameter");
    assert_eq!(head.method_span(), method, "the last one counts");
    assert!(head.content_length().is_none_or(|length| length <= 256));
    let (id, keep_conn, length) = (head.id(), head.keep_conn(), head.content_length());
    format!("{id} {keep_conn} {length:?} {}", text.escape_ascii())
}

fuzz_target!(|input: &[u8]| {
    let Some((&seed, bytes)) = input.split_first() else {
        return;
    };
    // Half of the inputs begin with a head, so that the fuzzer also reaches bodies.
    let (head, accepts) = match seed % 4 {
        0 => (&head(RESPONDER)[..], false),
        1 => (&[][..], false),
        2 => (&head(AUTHORIZER)[..], true),
        _ => (&[][..], true),
    };
    let bytes = [head, bytes].concat();
    let limits = LIMITS.accept_authorizers(accepts);
    let whole = Connection::of([&bytes[..]].into_iter(), limits);
    assert_eq!(Connection::of(pieces(&bytes, seed), limits), whole);
});
