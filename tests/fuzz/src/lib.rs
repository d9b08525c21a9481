//! What the fuzz targets share: cutting input into pieces, and a connection that records what the
//! codec makes of them.

use wsgi_http1::{BodyDecoder, BodyLength, Limits, Rejection, RequestHead};

/// Limits small enough that a fuzzer finds each of them.
pub const LIMITS: Limits = Limits::new().max_target_bytes(64).max_head_bytes(512).max_fields(8).max_body_bytes(2048);

/// Cuts `input` into pieces whose lengths follow from `seed`.
pub fn pieces(mut input: &[u8], seed: u8) -> impl Iterator<Item = &[u8]> {
    let mut state = u32::from(seed) + 1;
    std::iter::from_fn(move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let most = if seed == 0 {
            1
        } else {
            1 + (state >> 27) as usize
        };
        let (piece, rest) = input.split_at(most.min(input.len()));
        input = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

/// What the codec told about a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A head, as all that can be asked about it.
    Head(String),
    /// Data of its body, as one however they came.
    Data(Vec<u8>),
    /// The end of the body.
    End,
    /// What follows is not looked at.
    Rejected(Rejection),
}

/// A connection that requests arrive on, one behind the other.
#[derive(Default)]
pub struct Connection {
    events: Vec<Event>,
    received: Vec<u8>,
    head: RequestHead,
    body: Option<BodyDecoder>,
    rejected: bool,
}

impl Connection {
    /// Takes what has just arrived.
    pub fn receive(&mut self, piece: &[u8]) {
        self.received.extend_from_slice(piece);
        while !self.rejected && self.advance() {}
    }

    /// Says that nothing more will arrive, and tells what happened. An incomplete head is parsed
    /// once more, as if it had come whole: it may be malformed already.
    pub fn finish(mut self) -> Vec<Event> {
        if self.body.is_none() {
            self.head.reset();
            self.receive(b"");
        }
        self.events
    }

    /// Goes on with what has been received, and tells whether there was enough to do so.
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

/// All that a head says, once its promises are checked.
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
        "no CR and no LF alone"
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
