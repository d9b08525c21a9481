//! The fields of a line: their names, and their values for a request.

use wsgi_environ::{Environ, Value};
use wsgi_headers::is_token;

use crate::{
    access_log::{dates::Dates, entry::Entry, escape::MAX_VALUE_BYTES, notation::Notation},
    target_path::path_of,
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
    /// A variable at the end of the request, such as that of a field of its head.
    Variable(Box<str>),
    /// The method, the target and the protocol, with a space between each two.
    RequestLine,
    // Those that only the notation of Apache has:
    Path,
    Query,
    BodyBytesOrHyphen,
    Seconds,
    Millis,
    Micros,
    Process,
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

impl Field {
    /// The field of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        let known = NAMES.iter().find(|(known, _)| *known == name);
        known.map(|(_, field)| field.clone())
    }

    /// The field of a request's head, if its name is a token (RFC 9110 section 5.6.2).
    pub(super) fn header(name: &str) -> Option<Self> {
        if !is_token(name.as_bytes()) {
            return None;
        }
        let variable = name.to_ascii_uppercase().replace('-', "_");
        Some(match &*variable {
            "REFERER" => Self::Referer,
            "USER_AGENT" => Self::UserAgent,
            "CONTENT_TYPE" | "CONTENT_LENGTH" => Self::Variable(variable.into()),
            _ => Self::Variable(format!("HTTP_{variable}").into()),
        })
    }

    /// Whether the value is a word of the request line, or a part of one, which has no space in a
    /// valid request.
    pub(super) fn is_word(&self) -> bool {
        matches!(
            self,
            Self::Method
                | Self::Target
                | Self::Protocol
                | Self::RequestLine
                | Self::Path
                | Self::Query
        )
    }

    /// Adds the value for a request to a line.
    #[inline(always)] // in the two places that call it, where the notation is known
    pub(super) fn push(&self, to: &mut impl Notation, dates: &mut Dates, entry: &Entry<'_>) {
        let Entry {
            environ, outcome, ..
        } = entry;
        match self {
            Self::Client => to.text_or_absent(environ.remote_addr()),
            Self::User => to.text_or_absent(environ.remote_user()),
            Self::Time => to.plain(|line| dates.push_common(line, entry.received)),
            Self::TimeRfc3339 => to.plain(|line| dates.push_rfc3339(line, entry.received)),
            Self::Method => push_method(to, environ),
            Self::Target => push_target(to, environ),
            Self::Protocol => push_protocol(to, environ),
            Self::Scheme => to.text(environ.url_scheme().as_bytes()),
            Self::Host => to.text_or_absent(environ.host()),
            Self::Status => to.number(outcome.status_code().map(u64::from)),
            Self::BodyBytes => to.number(Some(outcome.body_bytes())),
            Self::BytesSent => to.number(Some(outcome.bytes_sent())),
            Self::RequestBytes => to.number(environ.content_length()),
            Self::Duration => to.seconds(outcome.duration()),
            Self::Complete => to.flag(outcome.is_complete()),
            Self::End => to.text(outcome.end().as_str().as_bytes()),
            Self::RequestId => to.text_or_absent(environ.request_id()),
            Self::TraceId => to.text_or_absent(environ.get("TRACE_ID")),
            Self::Referer => to.text_or_absent(environ.referer()),
            Self::UserAgent => to.text_or_absent(environ.user_agent()),
            Self::TlsVersion => to.text_or_absent(environ.get("SSL_PROTOCOL")),
            Self::Thread => to.text_or_absent(entry.thread),
            Self::Variable(name) => to.text_or_absent(environ.get(name)),
            Self::RequestLine => match environ.request_line() {
                // Words that are too long are cut one by one.
                Some(line) if line.len() <= MAX_VALUE_BYTES => to.words(line.as_bytes()),
                _ => push_request_line(to, environ),
            },
            Self::Path => push_path(to, environ),
            Self::Query => push_query(to, environ),
            Self::BodyBytesOrHyphen => to.number(Some(outcome.body_bytes()).filter(|&n| n > 0)),
            Self::Seconds => to.number(Some(outcome.duration().as_secs())),
            Self::Millis => to.number(whole(outcome.duration().as_millis())),
            Self::Micros => to.number(whole(outcome.duration().as_micros())),
            Self::Process => to.number(Some(std::process::id().into())),
        }
    }
}

/// Adds the method, the target and the protocol.
#[cold]
fn push_request_line(to: &mut impl Notation, environ: &Environ) {
    push_method(to, environ);
    to.line().push(b' ');
    push_target(to, environ);
    to.line().push(b' ');
    push_protocol(to, environ);
}

fn push_method(to: &mut impl Notation, environ: &Environ) {
    to.text_or_absent(given(environ.request_method()));
}

fn push_protocol(to: &mut impl Notation, environ: &Environ) {
    to.text_or_absent(given(environ.server_protocol()));
}

/// A variable that reads as empty where it is absent.
fn given(value: Value<'_>) -> Option<Value<'_>> {
    (!value.is_empty()).then_some(value)
}

/// A number of milliseconds or microseconds.
fn whole(number: u128) -> Option<u64> {
    number.try_into().ok()
}

/// Adds the path of the target as received, or else the decoded one.
fn push_path(to: &mut impl Notation, environ: &Environ) {
    if let Some(target) = environ.request_uri() {
        return to.text(path_of(target.as_bytes()));
    }
    match (
        environ.script_name().as_bytes(),
        environ.path_info().as_bytes(),
    ) {
        (b"", b"") => to.absent(),
        (script_name, path_info) => to.texts(&[script_name, path_info]),
    }
}

/// Adds the query after a question mark, or nothing.
fn push_query(to: &mut impl Notation, environ: &Environ) {
    match environ.query_string().as_bytes() {
        b"" => to.texts(&[]),
        query => to.texts(&[b"?", query]),
    }
}

/// Adds the target as received, or else the path and the query.
fn push_target(to: &mut impl Notation, environ: &Environ) {
    if let Some(target) = environ.request_uri() {
        return to.text(target.as_bytes());
    }
    let query = environ.query_string().as_bytes();
    let mark: &[u8] = if query.is_empty() { b"" } else { b"?" };
    let (script_name, path_info) = (environ.script_name(), environ.path_info());
    match (script_name.as_bytes(), path_info.as_bytes(), query) {
        (b"", b"", b"") => to.absent(),
        (script_name, path_info, query) => to.texts(&[script_name, path_info, mark, query]),
    }
}
