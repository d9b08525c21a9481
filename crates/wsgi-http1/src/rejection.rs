//! The reason for which a request was refused.

use std::{error, fmt};

/// The reason for which a request was refused. It is always the peer's fault.
///
/// Answer with [`status_code`](Rejection::status_code), then close the connection (RFC 9112 section
/// 9.6): the bytes that follow cannot be framed reliably.
///
/// ```
/// use wsgi_http1::{Limits, Rejection, RequestHead};
///
/// let request = b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n";
/// let rejection = RequestHead::new().parse(request, &Limits::new()).unwrap_err();
/// assert_eq!(rejection, Rejection::HostRepeated);
/// assert_eq!(rejection.status_code(), 400);
/// assert_eq!(rejection.to_string(), "more than one Host field");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rejection {
    /// The request line is not `method SP request-target SP HTTP-version` (RFC 9112 section 3).
    /// Examples are a method that is not a token, a control character in the target, and HTTP/0.9.
    RequestLine,
    /// A line of the head ends with LF alone, or contains CR alone (RFC 9112 section 2.2).
    LineEnd,
    /// The method is longer than every known one (RFC 9112 section 3: 501).
    MethodTooLong,
    /// The request-target is above its limit (414).
    TargetTooLong,
    /// The request-target has none of the four forms of RFC 9112 section 3.2, or not the form that
    /// its method needs. Or it contains a fragment, a bad percent-escape or bytes that are not
    /// ASCII.
    Target,
    /// No HTTP version follows the target. Most likely the target contains a space, which must be
    /// sent as `%20` (RFC 9112 section 3.2).
    VersionMissing,
    /// The version is not of the form `HTTP/1.x`, as `HTTP/1.10` is not.
    Version,
    /// The version is well formed, but its major version is not 1 (505).
    UnsupportedVersion,
    /// The head is above its limit (431).
    HeadTooLarge,
    /// The head or the trailer section has more fields than allowed (431).
    TooManyFields,
    /// A field line does not start with a token and a colon (RFC 9112 sections 5.1 and 5.2). The
    /// name is empty, has an invalid character or whitespace around it, or the line is folded.
    FieldName,
    /// A field value contains a control character (RFC 9110 section 5.5).
    FieldValue,
    /// An HTTP/1.1 request has no Host field (RFC 9112 section 3.2).
    HostMissing,
    /// There is more than one Host field (RFC 9112 section 3.2).
    HostRepeated,
    /// The Host field is empty or is not `uri-host [":" port]` (RFC 9110 section 7.2).
    Host,
    /// There is more than one Content-Type, which is not a list (RFC 9110 section 8.3).
    ContentTypeRepeated,
    /// Content-Length is not a decimal number, or it is a list (RFC 9112 section 6.3).
    ContentLength,
    /// There is more than one Content-Length, equal or not (RFC 9112 section 6.3).
    ContentLengthRepeated,
    /// There are both Content-Length and Transfer-Encoding (RFC 9112 section 6.1).
    ContentLengthWithTransferEncoding,
    /// Transfer-Encoding does not end with `chunked`, so the end of the body cannot be found; or it
    /// has `chunked` before the end, or is not a list of codings (RFC 9112 section 6.3).
    TransferEncoding,
    /// There is Transfer-Encoding in HTTP/1.0, where it has no meaning (RFC 9112 section 6.1).
    TransferEncodingInHttp10,
    /// Transfer-Encoding has codings before `chunked`, which are not implemented (RFC 9112 section
    /// 6.1: 501).
    UnknownTransferCoding,
    /// There is an expectation other than `100-continue` (RFC 9110 section 10.1.1: 417).
    Expectation,
    /// The body is above its limit (413). Every length of 2^64 or more is above any limit.
    BodyTooLarge,
    /// A chunk does not start with 1 to 16 hexadecimal digits, followed by an extension or the end
    /// of the line (RFC 9112 section 7.1).
    ChunkSize,
    /// A chunk extension is malformed, or chunk extensions are too long (RFC 9112 section 7.1.1).
    ChunkExtension,
    /// A chunk does not end with CRLF (RFC 9112 section 7.1).
    ChunkEnd,
    /// A trailer field is malformed (RFC 9112 section 7.1.2).
    Trailer,
    /// The trailer section is above the limit for a head (431).
    TrailersTooLarge,
}

impl Rejection {
    /// The status code of the answer: 400, 413, 414, 417, 431, 501 or 505.
    #[must_use]
    pub const fn status_code(self) -> u16 {
        match self {
            Self::BodyTooLarge => 413,
            Self::TargetTooLong => 414,
            Self::Expectation => 417,
            Self::HeadTooLarge | Self::TooManyFields | Self::TrailersTooLarge => 431,
            Self::MethodTooLong | Self::UnknownTransferCoding => 501,
            Self::UnsupportedVersion => 505,
            _ => 400,
        }
    }

    /// A short description for a log or for the body of the answer. It contains no bytes of the
    /// request.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::RequestLine => "malformed request line",
            Self::LineEnd => "line does not end with CRLF",
            Self::MethodTooLong => "unknown method",
            Self::TargetTooLong => "request target too long",
            Self::Target => "malformed request target",
            Self::VersionMissing => "no HTTP version after the target, or a space in the target",
            Self::Version => "malformed HTTP version",
            Self::UnsupportedVersion => "unsupported HTTP version, only 1.0 and 1.1 are",
            Self::HeadTooLarge => "request head too large",
            Self::TooManyFields => "too many fields",
            Self::FieldName => "malformed field name, or a folded line",
            Self::FieldValue => "control character in a field value",
            Self::HostMissing => "no Host field",
            Self::HostRepeated => "more than one Host field",
            Self::Host => "malformed Host field",
            Self::ContentTypeRepeated => "more than one Content-Type",
            Self::ContentLength => "malformed Content-Length",
            Self::ContentLengthRepeated => "more than one Content-Length",
            Self::ContentLengthWithTransferEncoding => "both Content-Length and Transfer-Encoding",
            Self::TransferEncoding => "Transfer-Encoding does not end with a single chunked",
            Self::TransferEncodingInHttp10 => "Transfer-Encoding in HTTP/1.0",
            Self::UnknownTransferCoding => "unknown transfer coding",
            Self::Expectation => "unknown expectation",
            Self::BodyTooLarge => "request body too large",
            Self::ChunkSize => "malformed chunk size",
            Self::ChunkExtension => "malformed or oversized chunk extension",
            Self::ChunkEnd => "chunk does not end with CRLF",
            Self::Trailer => "malformed trailer field",
            Self::TrailersTooLarge => "trailer section too large",
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl error::Error for Rejection {}
