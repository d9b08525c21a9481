//! The fields of a line: their names, and their values for a request.

use std::time::Duration;

use crate::{
    access_log::{
        dates::Dates,
        entry::Entry,
        escape::{Spaces, push_json, push_text},
        timestamp::Timestamp,
    },
    digits::{push_number, push_padded},
};

/// A field of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Client,
    User,
    Time,
    TimeRfc3339,
    Method,
    Target,
    Protocol,
    Scheme,
    Host,
    Status,
    BodyBytes,
    BytesSent,
    RequestBytes,
    Duration,
    Complete,
    End,
    RequestId,
    TraceId,
    Referer,
    UserAgent,
    TlsVersion,
    Thread,
    /// A field of the request's head, by its variable.
    Header(String),
}

/// The names of the fields that are always the same.
const NAMES: &[(&str, Field)] = &[
    ("client", Field::Client),
    ("user", Field::User),
    ("time", Field::Time),
    ("time_rfc3339", Field::TimeRfc3339),
    ("method", Field::Method),
    ("target", Field::Target),
    ("protocol", Field::Protocol),
    ("scheme", Field::Scheme),
    ("host", Field::Host),
    ("status", Field::Status),
    ("body_bytes", Field::BodyBytes),
    ("bytes_sent", Field::BytesSent),
    ("request_body_bytes", Field::RequestBytes),
    ("duration", Field::Duration),
    ("complete", Field::Complete),
    ("end", Field::End),
    ("request_id", Field::RequestId),
    ("trace_id", Field::TraceId),
    ("referer", Field::Referer),
    ("user_agent", Field::UserAgent),
    ("tls_version", Field::TlsVersion),
    ("thread", Field::Thread),
];

/// The value of a field for a request.
#[derive(Clone, Copy, Debug)]
enum Value<'a> {
    Absent,
    Text(&'a [u8]),
    /// A target that the front server did not pass: the path and the query.
    Parts([&'a [u8]; 4]),
    Number(u64),
    Seconds(Duration),
    Flag(bool),
    Common(Timestamp),
    Rfc3339(Timestamp),
}

impl Field {
    /// The field of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        let known = NAMES.iter().find(|(known, _)| *known == name);
        known.map(|(_, field)| field.clone())
    }

    /// The field of a request's head, if its name is a token (RFC 9110 section 5.6.2).
    pub(super) fn header(name: &str) -> Option<Self> {
        let is_token =
            |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.is_empty() || !name.bytes().all(is_token) {
            return None;
        }
        let variable = name.to_ascii_uppercase().replace('-', "_");
        Some(Self::Header(match &*variable {
            "CONTENT_TYPE" | "CONTENT_LENGTH" => variable,
            _ => format!("HTTP_{variable}"),
        }))
    }

    /// Whether the value is a word of the request line, which has no space in a valid request.
    pub(super) fn is_word(&self) -> bool {
        matches!(self, Self::Method | Self::Target | Self::Protocol)
    }

    /// Writes the value in a text format. A value that is absent or empty is a hyphen.
    pub(super) fn push_text(
        &self,
        line: &mut Vec<u8>,
        dates: &mut Dates,
        entry: &Entry<'_>,
        spaces: Spaces,
    ) {
        match self.value(entry) {
            Value::Absent | Value::Text(b"") => line.push(b'-'),
            Value::Text(text) => push_text(line, text, spaces),
            Value::Parts(parts) => parts
                .into_iter()
                .for_each(|part| push_text(line, part, spaces)),
            Value::Flag(true) => line.extend_from_slice(b"yes"),
            Value::Flag(false) => line.extend_from_slice(b"no"),
            Value::Common(time) => dates.push_common(line, time),
            Value::Rfc3339(time) => dates.push_rfc3339(line, time),
            Value::Number(number) => push_number(line, number),
            Value::Seconds(duration) => push_seconds(line, duration),
        }
    }

    /// Writes the value in JSON.
    pub(super) fn push_json(&self, line: &mut Vec<u8>, dates: &mut Dates, entry: &Entry<'_>) {
        fn quoted(line: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
            line.push(b'"');
            write(line);
            line.push(b'"');
        }
        match self.value(entry) {
            Value::Absent => line.extend_from_slice(b"null"),
            Value::Text(text) => quoted(line, |line| push_json(line, text)),
            Value::Parts(parts) => quoted(line, |line| {
                parts.iter().for_each(|part| push_json(line, part));
            }),
            Value::Flag(true) => line.extend_from_slice(b"true"),
            Value::Flag(false) => line.extend_from_slice(b"false"),
            Value::Common(time) => quoted(line, |line| dates.push_common(line, time)),
            Value::Rfc3339(time) => quoted(line, |line| dates.push_rfc3339(line, time)),
            Value::Number(number) => push_number(line, number),
            Value::Seconds(duration) => push_seconds(line, duration),
        }
    }

    #[inline(always)] // in the two places that call it, as most values take little else
    fn value<'a>(&self, entry: &Entry<'a>) -> Value<'a> {
        let variable = |name| entry.variable(name).map_or(Value::Absent, Value::Text);
        match self {
            Self::Client => variable("REMOTE_ADDR"),
            Self::User => variable("REMOTE_USER"),
            Self::Time => Value::Common(entry.received),
            Self::TimeRfc3339 => Value::Rfc3339(entry.received),
            Self::Method => variable("REQUEST_METHOD"),
            Self::Target => target(entry),
            Self::Protocol => variable("SERVER_PROTOCOL"),
            Self::Scheme => Value::Text(entry.environ.url_scheme().as_bytes()),
            Self::Host => variable("HTTP_HOST"),
            Self::Status => {
                let status = entry.outcome.status_code();
                status.map_or(Value::Absent, |status| Value::Number(status.into()))
            }
            Self::BodyBytes => Value::Number(entry.outcome.body_bytes()),
            Self::BytesSent => Value::Number(entry.outcome.bytes_sent()),
            Self::RequestBytes => {
                let length = entry.environ.content_length();
                length.map_or(Value::Absent, Value::Number)
            }
            Self::Duration => Value::Seconds(entry.outcome.duration()),
            Self::Complete => Value::Flag(entry.outcome.is_complete()),
            Self::End => Value::Text(entry.outcome.end().as_str().as_bytes()),
            Self::RequestId => variable("UNIQUE_ID"),
            Self::TraceId => variable("TRACE_ID"),
            Self::Referer => variable("HTTP_REFERER"),
            Self::UserAgent => variable("HTTP_USER_AGENT"),
            Self::TlsVersion => variable("SSL_PROTOCOL"),
            Self::Thread => {
                let thread = entry.thread;
                thread.map_or(Value::Absent, |name| Value::Text(name.as_bytes()))
            }
            Self::Header(name) => variable(name),
        }
    }
}

/// The target as received, or else the path and the query.
fn target<'a>(entry: &Entry<'a>) -> Value<'a> {
    if let Some(target) = entry.variable("REQUEST_URI") {
        return Value::Text(target);
    }
    let query = entry.variable("QUERY_STRING").unwrap_or_default();
    let mark: &[u8] = if query.is_empty() { b"" } else { b"?" };
    let script_name = entry.variable("SCRIPT_NAME").unwrap_or_default();
    let path_info = entry.variable("PATH_INFO").unwrap_or_default();
    match (script_name, path_info, query) {
        (b"", b"", b"") => Value::Absent,
        _ => Value::Parts([script_name, path_info, mark, query]),
    }
}

/// Writes a duration in seconds, to the microsecond.
fn push_seconds(line: &mut Vec<u8>, duration: Duration) {
    push_number(line, duration.as_secs());
    line.push(b'.');
    push_padded(line, duration.subsec_micros().into(), 6);
}
