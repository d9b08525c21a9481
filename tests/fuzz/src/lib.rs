//! Helpers of the fuzz targets: input in pieces, and a connection that records the codec's events.

use wsgi_http1::{BodyDecoder, BodyLength, Limits, Rejection, RequestHead};

/// Limits so small that a fuzzer reaches each.
pub const LIMITS: Limits = Limits::new()
    .max_target_bytes(64)
    .max_head_bytes(512)
    .max_fields(8)
    .max_body_bytes(2048);

/// Cuts `input` into pieces. `seed` decides their lengths.
pub fn pieces(mut input: &[u8], seed: u8) -> impl Iterator<Item = &[u8]> {
    let mut state = u32::from(seed) + 1;
    std::iter::from_fn(move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let length = if seed == 0 {
            1
        } else {
            1 + (state >> 27) as usize
        };
        let (piece, rest) = input.split_at(length.min(input.len()));
        input = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

/// An event of a connection, as the codec reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A head, with everything that it tells.
    Head(String),
    /// The data of its body, joined.
    Data(Vec<u8>),
    /// The end of the body.
    End,
    /// A refusal. The codec does not read what follows.
    Rejected(Rejection),
}

/// A connection on which requests arrive one after the other.
#[derive(Default)]
pub struct Connection {
    events: Vec<Event>,
    received: Vec<u8>,
    head: RequestHead,
    body: Option<BodyDecoder>,
    rejected: bool,
}

impl Connection {
    /// Takes received bytes.
    pub fn receive(&mut self, piece: &[u8]) {
        self.received.extend_from_slice(piece);
        while !self.rejected && self.advance() {}
    }

    /// Ends the input, and returns the events. An incomplete head is parsed once more as a whole
    /// one, because it may be malformed already.
    pub fn finish(mut self) -> Vec<Event> {
        if self.body.is_none() {
            self.head.reset();
            self.receive(b"");
        }
        self.events
    }

    /// Continues with the received bytes. `false` if more are needed.
    fn advance(&mut self) -> bool {
        let step = match &mut self.body {
            None => self.head(),
            Some(_) => self.body(),
        };
        step.unwrap_or_else(|rejection| {
            self.events.push(Event::Rejected(rejection));
            self.rejected = true;
            false
        })
    }

    fn head(&mut self) -> Result<bool, Rejection> {
        let Some(length) = self.head.parse(&self.received, &LIMITS)? else {
            return Ok(false);
        };
        let bytes = &self.received[..length];
        self.events.push(Event::Head(describe(&self.head, bytes)));
        self.body = Some(BodyDecoder::new(self.head.body_length(), &LIMITS));
        self.received.drain(..length);
        Ok(true)
    }

    fn body(&mut self) -> Result<bool, Rejection> {
        let Some(body) = &mut self.body else {
            return Ok(true);
        };
        let decoded = body.decode(&self.received)?;
        assert!(decoded.data.end <= decoded.consumed && decoded.consumed <= self.received.len());
        assert_eq!(decoded.finished, body.is_finished());
        let data = &self.received[decoded.data];
        match self.events.last_mut() {
            Some(Event::Data(before)) => before.extend_from_slice(data),
            _ if data.is_empty() => {}
            _ => self.events.push(Event::Data(data.to_vec())),
        }
        self.received.drain(..decoded.consumed);
        if decoded.finished {
            self.events.push(Event::End);
            self.body = None;
        }
        Ok(decoded.finished || decoded.consumed > 0)
    }
}

/// Checks the promises of a head, and returns everything that it tells.
pub fn describe(head: &RequestHead, bytes: &[u8]) -> String {
    assert!(
        bytes.ends_with(b"\r\n\r\n"),
        "a head ends with an empty line"
    );
    assert!(head.target(bytes).iter().all(u8::is_ascii_graphic));
    assert!(head.fields().len() <= 8 && head.target(bytes).len() <= 64 && bytes.len() <= 512);
    if let BodyLength::Known(length) = head.body_length() {
        assert!(length <= 2048);
    }
    let lines = bytes.windows(2).filter(|pair| pair == b"\r\n").count();
    let empty_lines = head.method_span().0 as usize / 2;
    assert!(empty_lines <= 2);
    assert_eq!(
        lines,
        empty_lines + 1 + head.fields().len() + 1,
        "each line is a field"
    );
    let controls = |byte: &&u8| matches!(byte, b'\r' | b'\n');
    assert_eq!(
        bytes.iter().filter(controls).count(),
        2 * lines,
        "CR and LF never come alone"
    );
    let fields: Vec<_> = head
        .fields()
        .iter()
        .map(|field| {
            (
                field.name(bytes).escape_ascii(),
                field.value(bytes).escape_ascii(),
            )
        })
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    format!(
        "{} {} {:?} {} {:?} {:?} {:?} {} {} {fields:?}",
        head.method(bytes).escape_ascii(),
        head.target(bytes).escape_ascii(),
        head.target_form(),
        head.path(bytes).escape_ascii(),
        head.query(bytes),
        head.host(bytes),
        head.body_length(),
        head.keep_alive(),
        head.expects_continue(),
    )
}
