//! A connection that records the results of the codec, and the records that a web server sends.

use wsgi_fastcgi::{BodyDecoder, Limits, Parsed, RecordType, Rejection, RequestHead, Role, encode};

/// A result of the codec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// The head of a request.
    Request(Request),
    /// Data of the body, as one event however they came.
    Data(String),
    /// The end of the body.
    End,
    /// The web server has aborted the request.
    Aborted,
    /// The rest was refused. The id is that of the request to answer.
    Rejected(Rejection, u16),
}

/// A head of a request, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) id: u16,
    pub(crate) keep_conn: bool,
    pub(crate) params: Vec<(String, String)>,
    pub(crate) content_length: Option<u64>,
}

/// The results of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) events: Vec<Event>,
    pub(crate) replies: Vec<u8>,
    /// The number of bytes that were left over.
    pub(crate) left: usize,
}

/// A connection on which requests arrive one after the other.
pub(crate) struct Connection {
    limits: Limits,
    outcome: Outcome,
    received: Vec<u8>,
    head: RequestHead,
    body: Option<BodyDecoder>,
    rejected: bool,
}

impl Connection {
    /// Feeds pieces to the codec, one after the other, and returns the results.
    pub(crate) fn of<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, limits: &Limits) -> Outcome {
        let mut connection = Self {
            limits: *limits,
            outcome: Outcome::default(),
            received: Vec::new(),
            head: RequestHead::new(),
            body: None,
            rejected: false,
        };
        for piece in pieces {
            connection.received.extend_from_slice(piece);
            while !connection.rejected && connection.advance() {}
            if connection.rejected {
                connection.received.clear();
            }
        }
        connection.outcome.left = connection.received.len();
        connection.outcome
    }

    /// Takes a step with the received bytes. Returns false if it needs more.
    fn advance(&mut self) -> bool {
        let step = match self.body {
            None => self.head(),
            Some(_) => self.body(),
        };
        step.unwrap_or_else(|rejection| {
            let event = Event::Rejected(rejection, self.head.id());
            self.outcome.events.push(event);
            self.rejected = true;
            false
        })
    }

    fn head(&mut self) -> Result<bool, Rejection> {
        let Self { head, outcome, .. } = self;
        let parsed = head.parse(&self.received, &self.limits, &mut outcome.replies)?;
        let length = match parsed {
            Parsed::Incomplete => return Ok(false),
            Parsed::Skipped(length) => {
                assert_eq!(head.id(), 0, "no request to answer");
                length
            }
            Parsed::Complete(length) => {
                let text = head.text(&self.received);
                let string = |bytes: &[u8]| bytes.escape_ascii().to_string();
                let params = head.params(&self.received);
                let params = params
                    .map(|param| (string(param.name(text)), string(param.value(text))))
                    .collect();
                outcome.events.push(Event::Request(Request {
                    id: head.id(),
                    keep_conn: head.keep_conn(),
                    params,
                    content_length: head.content_length(),
                }));
                self.body = Some(BodyDecoder::new(head, &self.limits));
                length
            }
        };
        assert!(length > 0, "every step consumes bytes");
        self.received.drain(..length);
        Ok(true)
    }

    fn body(&mut self) -> Result<bool, Rejection> {
        let body = self.body.as_mut().expect("a body");
        let before = body.remaining();
        let ahead = self.received.len().min(body.data_ahead() as usize);
        let decoded = body.decode(&self.received, &mut self.outcome.replies)?;
        assert!(decoded.data.end <= decoded.consumed);
        match ahead {
            0 => assert!(decoded.data.start > 0 || decoded.data.is_empty()),
            _ => assert_eq!(decoded.data, 0..ahead),
        }
        assert_eq!(decoded.finished, body.is_finished());
        if let (Some(before), Some(after)) = (before, body.remaining()) {
            assert_eq!(before - after, decoded.data.len() as u64);
        }
        let data = self.received[decoded.data].escape_ascii().to_string();
        match self.outcome.events.last_mut() {
            Some(Event::Data(before)) => before.push_str(&data),
            _ if data.is_empty() => {}
            _ => self.outcome.events.push(Event::Data(data)),
        }
        self.received.drain(..decoded.consumed);
        if decoded.finished {
            self.outcome.events.push(Event::End);
            self.body = None;
        } else if body.is_aborted() {
            assert_eq!(
                body.decode(b"", &mut Vec::new()),
                Err(Rejection::Aborted),
                "an aborted body never passes for a whole one"
            );
            self.outcome.events.push(Event::Aborted);
            self.body = None;
        }
        Ok(self.body.is_none() || decoded.consumed > 0)
    }
}

/// Checks the results of `bytes`: whole, byte by byte, and in two pieces cut at every place.
#[track_caller]
pub(crate) fn check(name: &str, bytes: &[u8], limits: &Limits, events: &[Event], replies: &[u8]) {
    let whole = Connection::of([bytes], limits);
    assert_eq!(whole.events, events, "{name}");
    assert_eq!(
        whole.replies.escape_ascii().to_string(),
        replies.escape_ascii().to_string(),
        "{name}: replies"
    );
    assert_eq!(
        Connection::of(bytes.chunks(1), limits),
        whole,
        "{name}, byte by byte"
    );
    for at in (0..bytes.len()).step_by(1 + bytes.len() / 500) {
        let (first, second) = bytes.split_at(at);
        assert_eq!(
            Connection::of([first, second], limits),
            whole,
            "{name}, cut at {at}"
        );
    }
}

/// Checks the results of bytes that get no reply.
#[track_caller]
pub(crate) fn check_events(name: &str, Sent(bytes): Sent, events: &[Event]) {
    check(name, &bytes, &Limits::new(), events, b"");
}

/// The event of a head that keeps the connection.
pub(crate) fn request(id: u16, params: &[(&str, &str)], content_length: Option<u64>) -> Event {
    let params = params
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect();
    Event::Request(Request {
        id,
        keep_conn: true,
        params,
        content_length,
    })
}

/// The event of data.
pub(crate) fn data(data: &str) -> Event {
    Event::Data(data.to_owned())
}

/// The bytes of a web server, built record by record.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sent(pub(crate) Vec<u8>);

impl Sent {
    /// Begins a request for a Responder that keeps the connection.
    pub(crate) fn begin(self, id: u16) -> Self {
        self.begin_as(id, Role::RESPONDER, true)
    }

    pub(crate) fn begin_as(mut self, id: u16, role: Role, keep_conn: bool) -> Self {
        encode::begin_request(&mut self.0, id, role, keep_conn);
        self
    }

    /// Sends all parameters in one record, and their end.
    pub(crate) fn params(self, id: u16, params: &[(&str, &str)]) -> Self {
        self.stream(RecordType::PARAMS, id, &pairs(params))
            .end(RecordType::PARAMS, id)
    }

    /// Sends a whole body in one record, and its end.
    pub(crate) fn stdin(self, id: u16, body: &str) -> Self {
        self.stream(RecordType::STDIN, id, body.as_bytes())
            .end(RecordType::STDIN, id)
    }

    pub(crate) fn stream(mut self, record_type: RecordType, id: u16, data: &[u8]) -> Self {
        encode::stream(&mut self.0, record_type, id, data);
        self
    }

    pub(crate) fn end(mut self, record_type: RecordType, id: u16) -> Self {
        encode::end_of_stream(&mut self.0, record_type, id);
        self
    }

    /// Sends a record with exactly this content and padding.
    pub(crate) fn record(
        mut self,
        record_type: RecordType,
        id: u16,
        content: &[u8],
        padding: u8,
    ) -> Self {
        let length = content.len().try_into().expect("no longer than a record");
        encode::header(&mut self.0, record_type, id, length, padding);
        self.0.extend_from_slice(content);
        self.0.extend((0..padding).map(|byte| byte ^ 0x55));
        self
    }

    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }
}

/// Encodes parameters as the content of a record.
pub(crate) fn pairs(params: &[(&str, &str)]) -> Vec<u8> {
    let mut content = Vec::new();
    for (name, value) in params {
        encode::param(&mut content, name.as_bytes(), value.as_bytes());
    }
    content
}

/// The parameters of a request without a body.
pub(crate) const GET: &[(&str, &str)] = &[("REQUEST_METHOD", "GET"), ("SCRIPT_NAME", "")];

/// The parameters of a request with a body of eleven bytes.
pub(crate) const POST: &[(&str, &str)] = &[("REQUEST_METHOD", "POST"), ("CONTENT_LENGTH", "11")];
