//! The format of a log's lines.

use std::str::FromStr;

use crate::{
    access_log::{
        apache,
        dates::Dates,
        entry::Entry,
        escape::Spaces,
        field::Field,
        literal::Literal,
        log_format_error::LogFormatError,
        notation::{Json, Text},
        part::Part,
        template,
        timestamp::Timestamp,
    },
    digits::push_number,
};

const COMMON: &str =
    r#"{client} - {user} [{time}] "{method} {target} {protocol}" {status} {body_bytes}"#;

const COMBINED: &str = r#"{client} - {user} [{time}] "{method} {target} {protocol}" {status} {body_bytes} "{referer}" "{user_agent}""#;

const JSON: &[&str] = &[
    "time",
    "client",
    "user",
    "method",
    "scheme",
    "host",
    "target",
    "protocol",
    "status",
    "body_bytes",
    "request_body_bytes",
    "duration",
    "complete",
    "end",
    "request_id",
    "trace_id",
    "referer",
    "user_agent",
    "tls_version",
    "thread",
];

/// The format of the lines of an [`AccessLog`](crate::AccessLog).
///
/// # Fields
///
/// | name | value |
/// |---|---|
/// | `client` | the address of the client (`REMOTE_ADDR`) |
/// | `user` | the authenticated user (`REMOTE_USER`) |
/// | `time` | the arrival of the request's head, in UTC, as in `28/Nov/2026:07:40:02 +0000` |
/// | `time_rfc3339` | the same time as in `2026-11-28T07:40:02.000123Z` |
/// | `method`, `protocol` | the first and the last word of the request line |
/// | `target` | the word between them (`REQUEST_URI`), or else the decoded path and the query |
/// | `scheme` | `http` or `https` |
/// | `host` | the field `Host` of the request |
/// | `status` | the status code of the response |
/// | `body_bytes` | the bytes of the body that were sent; approximate if it is not complete |
/// | `bytes_sent` | the same with the head and the framing |
/// | `request_body_bytes` | the declared bytes of the request's body (`CONTENT_LENGTH`) |
/// | `duration` | the time until the last byte left, in seconds, as in `0.001234` |
/// | `complete` | whether the response was sent to its end: `yes` or `no` |
/// | `end` | the [name](wsgi_environ::End::as_str) of its end, such as `timed_out` |
/// | `request_id` | the id of a [`RequestId`](crate::RequestId) (`UNIQUE_ID`) |
/// | `trace_id` | the id of the request's trace (`TRACE_ID`) |
/// | `referer`, `user_agent` | these fields of the request |
/// | `header:NAME` | any field of the request, such as `header:Accept-Language` |
/// | `tls_version` | the version of TLS (`SSL_PROTOCOL`) |
/// | `thread` | the name of the thread that called the application |
///
/// The variables are those at the end of the request. At most 4,096 bytes of a value are written.
///
/// In a text format, an absent or empty value is `-`, but for Apache's `%q`. In JSON, an absent
/// value is `null`, numbers are numbers, `complete` is true or false, and `time` is in the form of
/// `time_rfc3339`.
///
/// # Escapes
///
/// No request can forge a line or a value. In a text format all values are printable ASCII. A
/// backslash precedes `"` and `\`, and other bytes are written as `\x0a`. This includes spaces,
/// except between quotes of the format. In JSON, control characters and invisible ones are written
/// as `\u000a`, and bytes that are not UTF-8 as U+FFFD.
///
/// ```
/// use wsgi_middleware::LogFormat;
///
/// let format: LogFormat = "{client} {status} {duration} \"{header:Accept}\"".parse()?;
/// assert!("{clinet}".parse::<LogFormat>().is_err());
/// # Ok::<(), wsgi_middleware::LogFormatError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFormat {
    syntax: Syntax,
    pieces: Vec<Piece>,
    /// The constant text after the last field, with the end of the line.
    end: Literal,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Syntax {
    Text,
    Json,
}

/// A field, and the constant text in front of it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    before: Literal,
    field: Field,
    spaces: Spaces,
}

impl LogFormat {
    /// The Common Log Format:
    /// `{client} - {user} [{time}] "{method} {target} {protocol}" {status} {body_bytes}`.
    #[must_use]
    pub fn common() -> Self {
        Self::constant(Self::template(COMMON))
    }

    /// The Combined Log Format, which is the common one with `"{referer}" "{user_agent}"` at its
    /// end. It is the default.
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    /// use wsgi_middleware::{AccessLog, LogFormat, LogWriter, not_found};
    /// use wsgi_testing::Request;
    ///
    /// let line = |format| {
    ///     let lines = Arc::new(Mutex::new(String::new()));
    ///     let written = lines.clone();
    ///     let log = LogWriter::builder().format(format);
    ///     let log = log.closure(move |line| written.lock().unwrap().push_str(line)).unwrap();
    ///     let app = AccessLog::new(not_found, log);
    ///     Request::get("/").header("User-Agent", "curl/8").call(&app);
    ///     drop(app);
    ///     lines.lock().unwrap().clone()
    /// };
    /// assert!(!line(LogFormat::common()).contains("curl"));
    /// assert!(line(LogFormat::combined()).ends_with("\"-\" \"curl/8\""));
    /// ```
    #[must_use]
    pub fn combined() -> Self {
        Self::constant(Self::template(COMBINED))
    }

    /// A format in the notation of Apache's `LogFormat`, for programs that read such logs.
    ///
    /// These directives are known: `%h`, `%a`, `%l` (always `-`), `%u`, `%t`, `%r`, `%s`, `%b`,
    /// `%B`, `%O`, `%D`, `%T`, `%{ms}T`, `%{us}T`, `%m`, `%U`, `%q`, `%H`, `%v`, `%V`, `%p`, `%P`,
    /// `%L` (the id of the request), `%{NAME}i` (a field of the request), `%{NAME}e` (a variable at
    /// the end of the request) and `%%`. A `<` or `>` changes nothing. The time is in UTC. `%U` is
    /// the path as received, which Apache decodes. `%q` is nothing if the request has no query.
    /// Text in braces is plain text.
    ///
    /// # Errors
    ///
    /// Another directive, a control character, or no directive that has a value.
    ///
    /// ```
    /// use wsgi_middleware::{LogFormat, LogFormatError};
    ///
    /// let combined = r#"%h %l %u %t "%r" %>s %B "%{Referer}i" "%{User-Agent}i""#;
    /// assert_eq!(LogFormat::apache(combined)?, LogFormat::combined());
    /// let timed = LogFormat::apache(r#"%v:%p %h %l %u %t \"%r\" %>s %O %D"#)?;
    /// assert!(LogFormat::apache("%{Location}o").is_err());
    /// # Ok::<(), LogFormatError>(())
    /// ```
    pub fn apache(format: &str) -> Result<Self, LogFormatError> {
        Self::check(format)?;
        apache::parts(format).and_then(Self::with_fields)
    }

    /// One JSON object per line, with all fields of the table above except `time_rfc3339`,
    /// `bytes_sent` and `header:NAME`.
    #[must_use]
    pub fn json() -> Self {
        Self::constant(Self::json_of(JSON))
    }

    /// One JSON object per line, with these fields in this order. Their names are the keys.
    ///
    /// # Errors
    ///
    /// There is no name, or one is unknown, or occurs twice.
    ///
    /// ```
    /// use wsgi_middleware::{LogFormat, LogFormatError};
    ///
    /// let format = LogFormat::json_of(["time", "status", "header:Accept"])?;
    /// let error = LogFormat::json_of(["time", "statsu"]).unwrap_err();
    /// assert_eq!(error, LogFormatError::UnknownField("statsu".into()));
    /// # Ok::<(), LogFormatError>(())
    /// ```
    pub fn json_of(
        names: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Self, LogFormatError> {
        let (mut pieces, mut keys) = (Vec::new(), Vec::new());
        for name in names {
            let name = name.as_ref();
            let mut field = template::field(name)?;
            let start = if pieces.is_empty() { '{' } else { ',' };
            if keys.iter().any(|key| key == name) {
                return Err(LogFormatError::RepeatedField(name.to_owned()));
            }
            keys.push(name.to_owned());
            if field == Field::Time {
                field = Field::TimeRfc3339;
            }
            pieces.push(Piece {
                // A name has no character that JSON escapes: it is known, or a token.
                before: format!("{start}\"{name}\":").into(),
                field,
                spaces: Spaces::Kept,
            });
        }
        if pieces.is_empty() {
            return Err(LogFormatError::NoFields);
        }
        Ok(Self {
            syntax: Syntax::Json,
            pieces,
            end: "}\n".to_owned().into(),
        })
    }

    fn template(template: &str) -> Result<Self, LogFormatError> {
        Self::check(template)?;
        template::parts(template).and_then(Self::with_fields)
    }

    /// A text format of these parts. Without a field, all its lines would be the same.
    fn with_fields(parts: Vec<Part>) -> Result<Self, LogFormatError> {
        match parts.iter().any(|part| matches!(part, Part::Field(_))) {
            true => Ok(Self::text(parts)),
            false => Err(LogFormatError::NoFields),
        }
    }

    /// Refuses a text that is more than a line.
    fn check(text: &str) -> Result<(), LogFormatError> {
        let is_forbidden = |c: char| c.is_control() && c != '\t';
        match text.find(is_forbidden) {
            Some(at) => Err(LogFormatError::ControlCharacter(at)),
            None => Ok(()),
        }
    }

    /// A text format of these parts.
    fn text(parts: Vec<Part>) -> Self {
        let (mut pieces, mut before) = (Vec::new(), String::new());
        let mut is_quoted = false;
        for part in parts {
            match part {
                Part::Text(text) => {
                    is_quoted ^= text.matches('"').count() % 2 == 1;
                    before.push_str(&text);
                }
                Part::Field(field) => {
                    let spaces = match is_quoted && !field.is_word() {
                        true => Spaces::Kept,
                        false => Spaces::Escaped,
                    };
                    pieces.push(Piece {
                        before: std::mem::take(&mut before).into(),
                        field,
                        spaces,
                    });
                    join_request_line(&mut pieces);
                }
            }
        }
        before.push('\n');
        Self {
            syntax: Syntax::Text,
            pieces,
            end: before.into(),
        }
    }

    fn constant(format: Result<Self, LogFormatError>) -> Self {
        format.expect("the constants of this module are valid")
    }

    /// Whether a line names the thread.
    pub(super) fn has_thread(&self) -> bool {
        self.pieces.iter().any(|piece| piece.field == Field::Thread)
    }

    /// Writes the line of a request, with its end.
    pub(super) fn push_line(&self, line: &mut Vec<u8>, dates: &mut Dates, entry: &Entry<'_>) {
        match self.syntax {
            Syntax::Text => {
                for Piece {
                    before,
                    field,
                    spaces,
                } in &self.pieces
                {
                    before.push(line);
                    let spaces = *spaces;
                    field.push(&mut Text { line, spaces }, dates, entry);
                }
            }
            Syntax::Json => {
                for piece in &self.pieces {
                    piece.before.push(line);
                    piece.field.push(&mut Json { line }, dates, entry);
                }
            }
        }
        self.end.push(line);
    }

    /// Writes the line which says that others were lost.
    pub(super) fn push_lost(&self, line: &mut Vec<u8>, lost: u64, now: Timestamp) {
        match self.syntax {
            Syntax::Text => {
                line.push(b'[');
                line.extend_from_slice(&now.to_common());
                line.extend_from_slice(b"] lines lost because writing was too slow: ");
                push_number(line, lost);
            }
            Syntax::Json => {
                line.extend_from_slice(b"{\"time\":\"");
                line.extend_from_slice(&now.to_rfc3339());
                line.extend_from_slice(b"\",\"lost_lines\":");
                push_number(line, lost);
                line.push(b'}');
            }
        }
        line.push(b'\n');
    }
}

/// Makes one piece of the last three if they are a request line, which is most often at hand in one
/// piece.
fn join_request_line(pieces: &mut Vec<Piece>) {
    let Some([method, target, protocol]) = pieces.last_chunk() else {
        return;
    };
    let fields = [&method.field, &target.field, &protocol.field];
    let space = Literal::from(" ".to_owned());
    if fields == [&Field::Method, &Field::Target, &Field::Protocol]
        && [&target.before, &protocol.before] == [&space; 2]
    {
        pieces.truncate(pieces.len() - 2);
        if let Some(line) = pieces.last_mut() {
            line.field = Field::RequestLine;
        }
    }
}

impl Default for LogFormat {
    fn default() -> Self {
        Self::combined()
    }
}

/// Reads a text format: fields in braces, such as `{client}`, with other text around them. A brace
/// itself is written twice.
impl FromStr for LogFormat {
    type Err = LogFormatError;

    fn from_str(template: &str) -> Result<Self, LogFormatError> {
        Self::template(template)
    }
}
