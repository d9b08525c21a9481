//! A FastCGI front server, written only from the specification.

use wsgi_application::{Application, Body, Environ, Result, StartResponse, Status};
use wsgi_server::{Builder, Protocol};

use super::{Client, Running, gateway_response::GatewayResponse};

pub(crate) const BEGIN_REQUEST: u8 = 1;
pub(crate) const ABORT_REQUEST: u8 = 2;
pub(crate) const END_REQUEST: u8 = 3;
pub(crate) const PARAMS: u8 = 4;
pub(crate) const STDIN: u8 = 5;
pub(crate) const STDOUT: u8 = 6;
pub(crate) const STDERR: u8 = 7;
pub(crate) const GET_VALUES: u8 = 9;
pub(crate) const GET_VALUES_RESULT: u8 = 10;
pub(crate) const UNKNOWN_TYPE: u8 = 11;

pub(crate) const RESPONDER: u16 = 1;

/// A server that speaks FastCGI.
pub(crate) fn serving(application: impl Application + 'static) -> Running {
    serving_with(|builder| builder, application)
}

/// A FastCGI server whose applications read large bodies as they come.
pub(crate) fn streaming(application: impl Application + 'static) -> Running {
    serving_with(|builder| builder.spool_bodies(false), application)
}

/// A FastCGI server with these options.
pub(crate) fn serving_with(
    options: impl FnOnce(Builder) -> Builder,
    application: impl Application + 'static,
) -> Running {
    let fastcgi = |builder: Builder| {
        builder
            .protocol(Protocol::FastCgi)
            .max_backtrace_lines(Some(0))
    };
    Running::with(|builder| options(fastcgi(builder)), application)
}

/// A record as it was received.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) record_type: u8,
    pub(crate) id: u16,
    pub(crate) content: Vec<u8>,
}

/// Everything that the server sent for one request.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    /// The end of the request, if it came.
    pub(crate) ended: Option<End>,
}

/// The content of END_REQUEST (FastCGI Specification section 5.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct End {
    app_status: u32,
    protocol_status: u8,
}

impl End {
    /// The request was answered by the application, or given up by the front server.
    pub(crate) const COMPLETE: Self = Self::new(0, 0);
    /// The request was refused by the server.
    pub(crate) const REFUSED: Self = Self::new(1, 0);
    /// A second request on the connection was refused (FCGI_CANT_MPX_CONN).
    pub(crate) const CANT_MPX_CONN: Self = Self::new(0, 1);
    /// The role was refused (FCGI_UNKNOWN_ROLE).
    pub(crate) const UNKNOWN_ROLE: Self = Self::new(0, 3);

    const fn new(app_status: u32, protocol_status: u8) -> Self {
        Self {
            app_status,
            protocol_status,
        }
    }
}

impl Answer {
    #[track_caller]
    pub(crate) fn response(&self) -> GatewayResponse {
        GatewayResponse::parse(&self.stdout)
    }

    /// The body of a complete response.
    #[track_caller]
    pub(crate) fn text(&self) -> String {
        assert_eq!(self.ended, Some(End::COMPLETE), "{self:?}");
        self.response().text().to_owned()
    }
}

pub(crate) fn record(record_type: u8, id: u16, content: &[u8]) -> Vec<u8> {
    padded_record(record_type, id, content, 0)
}

pub(crate) fn padded_record(record_type: u8, id: u16, content: &[u8], padding: u8) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    let id = id.to_be_bytes();
    let mut record = vec![
        1,
        record_type,
        id[0],
        id[1],
        length[0],
        length[1],
        padding,
        0,
    ];
    record.extend_from_slice(content);
    record.resize(record.len() + usize::from(padding), b'p');
    record
}

pub(crate) fn begin(id: u16, role: u16, keep: bool) -> Vec<u8> {
    let role = role.to_be_bytes();
    record(
        BEGIN_REQUEST,
        id,
        &[role[0], role[1], keep.into(), 0, 0, 0, 0, 0],
    )
}

/// Name-value pairs. Every second pair has its lengths in the long form, which is allowed.
pub(crate) fn pairs(pairs: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (number, (name, value)) in pairs.iter().enumerate() {
        for text in [name, value] {
            match u8::try_from(text.len()) {
                Ok(length) if length < 128 && number % 2 == 0 => bytes.push(length),
                _ => bytes.extend((text.len() as u32 | 1 << 31).to_be_bytes()),
            }
        }
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(value.as_bytes());
    }
    bytes
}

/// The start of a request, up to its body.
pub(crate) fn head(id: u16, keep: bool, params: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = begin(id, RESPONDER, keep);
    bytes.extend(record(PARAMS, id, &pairs(params)));
    bytes.extend(record(PARAMS, id, b""));
    bytes
}

/// A body and its end.
pub(crate) fn body(id: u16, body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for piece in body.chunks(32 * 1024) {
        bytes.extend(record(STDIN, id, piece));
    }
    bytes.extend(record(STDIN, id, b""));
    bytes
}

/// A GET request on a connection that is kept.
pub(crate) fn get(path: &str) -> Vec<u8> {
    get_as(1, true, path)
}

pub(crate) fn get_as(id: u16, keep: bool, path: &str) -> Vec<u8> {
    let params = [("REQUEST_METHOD", "GET"), ("PATH_INFO", path)];
    [head(id, keep, &params), body(id, b"")].concat()
}

/// A PUT request on a connection that is kept.
pub(crate) fn put(path: &str, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_string();
    let params = [
        ("REQUEST_METHOD", "PUT"),
        ("PATH_INFO", path),
        ("CONTENT_LENGTH", &length),
    ];
    [head(1, true, &params), body(1, content)].concat()
}

/// The next record, or `None` at the end of the connection.
#[track_caller]
pub(crate) fn next_record(client: &mut Client) -> Option<Record> {
    let header = client.take(8)?;
    assert_eq!(header[0], 1, "the version: {header:?}");
    let length = usize::from(u16::from_be_bytes([header[4], header[5]]));
    let content = client.take(length).expect("the content of a record");
    client
        .take(usize::from(header[6]))
        .expect("the padding of a record");
    Some(Record {
        record_type: header[1],
        id: u16::from_be_bytes([header[2], header[3]]),
        content,
    })
}

/// The answer to request `id`, up to its end or that of the connection. Asserts that streams end
/// properly and that nothing follows their ends.
#[track_caller]
pub(crate) fn answer(client: &mut Client, id: u16) -> Answer {
    let mut answer = Answer::default();
    let (mut stdout_ended, mut stderr_ended) = (false, false);
    while let Some(record) = next_record(client) {
        assert_eq!(record.id, id, "{record:?}");
        match record.record_type {
            STDOUT => {
                assert!(!stdout_ended, "STDOUT goes on after its end");
                stdout_ended = record.content.is_empty();
                answer.stdout.extend(record.content);
            }
            STDERR => {
                assert!(!stderr_ended, "STDERR goes on after its end");
                stderr_ended = record.content.is_empty();
                answer.stderr.extend(record.content);
            }
            END_REQUEST => {
                let [a, b, c, d, status, 0, 0, 0] = record.content[..] else {
                    panic!("END_REQUEST: {record:?}");
                };
                assert!(
                    stdout_ended || answer.stdout.is_empty(),
                    "STDOUT has no end"
                );
                assert_eq!(stderr_ended, !answer.stderr.is_empty(), "STDERR has no end");
                let app_status = u32::from_be_bytes([a, b, c, d]);
                answer.ended = Some(End::new(app_status, status));
                break;
            }
            _ => panic!("unexpected: {record:?}"),
        }
    }
    answer
}

/// Sends a request with id 1 and waits for its answer.
#[track_caller]
pub(crate) fn ask(client: &mut Client, request: impl AsRef<[u8]>) -> Answer {
    client.send(request);
    answer(client, 1)
}

/// Asserts that the connection ends without another record.
#[track_caller]
pub(crate) fn assert_closed(client: &mut Client) {
    assert_eq!(next_record(client), None);
}

/// Answers with the request's body, piece by piece.
pub(crate) fn loopback(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, ())?;
    Ok(Body::from(environ.take_input()))
}
