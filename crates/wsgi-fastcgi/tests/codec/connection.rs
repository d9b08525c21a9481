//! What the codec makes of a connection, and what a web server sends on one.

use wsgi_fastcgi::{BodyDecoder, Limits, Parsed, RecordType, Rejection, RequestHead, Role, encode};

/// What the codec told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A head: its id, whether the connection is kept, its parameters, the length of its body.
    Request(u16, bool, Vec<(String, String)>, Option<u64>),
    /// Data of its body, as one however they came.
    Data(String),
    /// The end of the body.
    End,
    /// The peer gave the request up.
    Aborted,
    /// What follows is not looked at; the id is that of the request to be answered.
    Rejected(Rejection, u16),
}

/// What came of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) events: Vec<Event>,
    pub(crate) replies: Vec<u8>,
    /// How many bytes were left.
    pub(crate) left: usize,
}

/// A connection that requests arrive on, one behind the other.
pub(crate) struct Connection {
    limits: Limits,
    told: Told,
    received: Vec<u8>,
    head: RequestHead,
    body: Option<BodyDecoder>,
    rejected: bool,
}

impl Connection {
    /// What comes of these pieces, one after the other.
    pub(crate) fn of<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, limits: &Limits) -> Told {
        let mut connection = Connection {
            limits: *limits,
            told: Told::default(),
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
        connection.told.left = connection.received.len();
        connection.told
    }

    /// Goes on with what was received, and says whether there was enough to do so.
    fn advance(&mut self) -> bool {
        let step = match self.body {
            None => self.head(),
            Some(_) => self.body(),
        };
        step.unwrap_or_else(|rejection| {
            let event = Event::Rejected(rejection, self.head.id());
            self.told.events.push(event);
            self.rejected = true;
            false
        })
    }

    fn head(&mut self) -> Result<bool, Rejection> {
        let Connection { head, told, .. } = self;
        let parsed = head.parse(&self.received, &self.limits, &mut told.replies)?;
        let length = match parsed {
            Parsed::Incomplete => return Ok(false),
            Parsed::Skipped(length) => {
                assert_eq!(head.id(), 0, "there is no request to be answered");
                length
            }
            Parsed::Complete(length) => {
                let text = head.text(&self.received);
                let string = |bytes: &[u8]| bytes.escape_ascii().to_string();
                let params = head.params().iter();
                let params = params
                    .map(|param| (string(param.name(text)), string(param.value(text))))
                    .collect();
                let event =
                    Event::Request(head.id(), head.keep_conn(), params, head.content_length());
                told.events.push(event);
                self.body = Some(BodyDecoder::new(head, &self.limits));
                length
            }
        };
        assert!(length > 0, "it always goes on");
        self.received.drain(..length);
        Ok(true)
    }

    fn body(&mut self) -> Result<bool, Rejection> {
        let body = self.body.as_mut().expect("a body is being read");
        let before = body.remaining();
        let decoded = body.decode(&self.received, &mut self.told.replies)?;
        assert!(decoded.data.end <= decoded.consumed);
        assert_eq!(decoded.finished, body.is_finished());
        if let (Some(before), Some(after)) = (before, body.remaining()) {
            assert_eq!(before - after, decoded.data.len() as u64);
        }
        let data = self.received[decoded.data].escape_ascii().to_string();
        match self.told.events.last_mut() {
            Some(Event::Data(before)) => before.push_str(&data),
            _ if data.is_empty() => {}
            _ => self.told.events.push(Event::Data(data)),
        }
        self.received.drain(..decoded.consumed);
        if decoded.finished {
            self.told.events.push(Event::End);
            self.body = None;
        } else if body.is_aborted() {
            assert_eq!(
                body.decode(b"", &mut Vec::new()),
                Err(Rejection::Aborted),
                "an aborted body is never taken for a whole one"
            );
            self.told.events.push(Event::Aborted);
            self.body = None;
        }
        Ok(self.body.is_none() || decoded.consumed > 0)
    }
}

/// Checks what comes of `bytes`: whole, byte by byte, and in two pieces cut at every place.
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

/// Checks what comes of bytes that ask for no reply.
#[track_caller]
pub(crate) fn check_events(name: &str, Sent(bytes): Sent, events: &[Event]) {
    check(name, &bytes, &Limits::new(), events, b"");
}

/// A request as the event that tells of it.
pub(crate) fn request(id: u16, params: &[(&str, &str)], content_length: Option<u64>) -> Event {
    let params = params
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect();
    Event::Request(id, true, params, content_length)
}

/// Data as the event that tells of them.
pub(crate) fn data(data: &str) -> Event {
    Event::Data(data.to_owned())
}

/// What a web server sends, record by record.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sent(pub(crate) Vec<u8>);

impl Sent {
    /// The start of a request that keeps the connection, for a Responder.
    pub(crate) fn begin(self, id: u16) -> Sent {
        self.begin_as(id, Role::RESPONDER, true)
    }

    pub(crate) fn begin_as(mut self, id: u16, role: Role, keep_conn: bool) -> Sent {
        encode::begin_request(&mut self.0, id, role, keep_conn);
        self
    }

    /// All parameters in one record, and their end.
    pub(crate) fn params(self, id: u16, params: &[(&str, &str)]) -> Sent {
        self.stream(RecordType::PARAMS, id, &pairs(params))
            .end(RecordType::PARAMS, id)
    }

    /// A whole body in one record.
    pub(crate) fn stdin(self, id: u16, body: &str) -> Sent {
        self.stream(RecordType::STDIN, id, body.as_bytes())
            .end(RecordType::STDIN, id)
    }

    pub(crate) fn stream(mut self, record_type: RecordType, id: u16, data: &[u8]) -> Sent {
        encode::stream(&mut self.0, record_type, id, data);
        self
    }

    pub(crate) fn end(mut self, record_type: RecordType, id: u16) -> Sent {
        encode::end_of_stream(&mut self.0, record_type, id);
        self
    }

    /// A record of exactly this content, with so many bytes of padding.
    pub(crate) fn record(
        mut self,
        record_type: RecordType,
        id: u16,
        content: &[u8],
        padding: u8,
    ) -> Sent {
        let length = content.len().try_into().expect("no longer than a record");
        encode::header(&mut self.0, record_type, id, length, padding);
        self.0.extend_from_slice(content);
        self.0.extend((0..padding).map(|byte| byte ^ 0x55));
        self
    }

    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Sent {
        self.0.extend_from_slice(bytes);
        self
    }
}

/// Parameters as the content of a record.
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
