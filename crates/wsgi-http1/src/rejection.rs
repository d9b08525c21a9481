//! Why a request was refused.

use std::{error, fmt};

/// Why a request was refused: the peer's fault, always.
///
/// After any of these the framing of what follows on the connection is unknown or not to be
/// trusted: answer with [`status`](Rejection::status), then close (RFC 9112 section 9.6).
///
/// ```
/// use wsgi_http1::{Limits, Rejection, RequestHead};
///
/// let request = b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n";
/// let rejection = RequestHead::new().parse(request, &Limits::new()).unwrap_err();
/// assert_eq!(rejection, Rejection::HostRepeated);
/// assert_eq!(rejection.status(), 400);
/// assert_eq!(rejection.to_string(), "more than one Host field");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rejection {
    /// The request line is not `method SP request-target SP HTTP-version` (RFC 9112 section 3);
    /// so a method that is no token, a control character in the target, and HTTP/0.9.
    RequestLine,
    /// A line of the head ends with LF alone, or holds a CR alone (RFC 9112 section 2.2).
    LineEnd,
    /// The method is longer than any that is known (RFC 9112 section 3: 501).
    MethodTooLong,
    /// The request-target is longer than its limit (414).
    TargetTooLong,
    /// The request-target has none of the four forms of RFC 9112 section 3.2, or not the one its
    /// method needs, or it holds a fragment, a bad percent-escape or bytes that are not ASCII.
    Target,
    /// No HTTP version follows the target: most likely the target holds a space, which has to be
    /// sent as `%20` (RFC 9112 section 3.2).
    VersionMissing,
    /// The version is neither `HTTP/1.x` nor another version, such as `HTTP/1.10`.
    Version,
    /// The version is known, but it is none of HTTP/1.x (505).
    UnsupportedVersion,
    /// The head is longer than its limit (431).
    HeadTooLarge,
    /// The head, or the trailer section, has more fields than its limit (431).
    TooManyFields,
    /// A field line does not start with a token and a colon: a name that is empty or has an
    /// invalid character, space around the name, or a folded line (RFC 9112 sections 5.1, 5.2).
    FieldName,
    /// A field value holds a control character (RFC 9110 section 5.5).
    FieldValue,
    /// An HTTP/1.1 request has no Host field (RFC 9112 section 3.2).
    HostMissing,
    /// There is more than one Host field (RFC 9112 section 3.2).
    HostRepeated,
    /// The Host field is empty or no `uri-host [":" port]` (RFC 9110 section 7.2).
    Host,
    /// Content-Type is there more than once, and no list (RFC 9110 section 8.3).
    ContentTypeRepeated,
    /// Content-Length is not a decimal number, or it is a list (RFC 9112 section 6.3).
    ContentLength,
    /// There is more than one Content-Length, equal or not (RFC 9112 section 6.3).
    ContentLengthRepeated,
    /// Content-Length and Transfer-Encoding are both there (RFC 9112 section 6.1).
    ContentLengthWithTransferEncoding,
    /// Transfer-Encoding does not end with `chunked`, so that the body has no end that could be
    /// found, or has something after it, or is not a list of codings (RFC 9112 section 6.3).
    TransferEncoding,
    /// Transfer-Encoding in HTTP/1.0, where it has no meaning (RFC 9112 section 6.1).
    TransferEncodingInHttp10,
    /// Transfer-Encoding has other codings before `chunked`, none of which is known (RFC 9112
    /// section 6.1: 501).
    UnknownTransferCoding,
    /// An expectation other than `100-continue` (RFC 9110 section 10.1.1: 417).
    Expectation,
    /// The body is longer than its limit (413), which no length of 2^64 and above is within.
    BodyTooLarge,
    /// A chunk does not start with 1 to 16 hexadecimal digits and the end of the line, or with
    /// an extension (RFC 9112 section 7.1).
    ChunkSize,
    /// A chunk extension is malformed, or there are too many bytes of them (RFC 9112 section
    /// 7.1.1).
    ChunkExtension,
    /// CRLF is not where a chunk ends (RFC 9112 section 7.1).
    ChunkEnd,
    /// A trailer field is malformed (RFC 9112 section 7.1.2).
    Trailer,
    /// The trailer section is longer than the limit of a head (431).
    TrailersTooLarge,
}

impl Rejection {
    /// The status code of the answer, one of 400, 413, 414, 417, 431, 501 and 505.
    pub const fn status(self) -> u16 {
        match self {
            Rejection::BodyTooLarge => 413,
            Rejection::TargetTooLong => 414,
            Rejection::Expectation => 417,
            Rejection::HeadTooLarge | Rejection::TooManyFields | Rejection::TrailersTooLarge => 431,
            Rejection::MethodTooLong | Rejection::UnknownTransferCoding => 501,
            Rejection::UnsupportedVersion => 505,
            _ => 400,
        }
    }

    /// What was wrong, in a few words fit for a log and for the body of the answer: no byte of
    /// the request is in it.
    pub const fn reason(self) -> &'static str {
        match self {
            Rejection::RequestLine => "malformed request line",
            Rejection::LineEnd => "a line does not end with CRLF",
            Rejection::MethodTooLong => "unknown method",
            Rejection::TargetTooLong => "request target too long",
            Rejection::Target => "malformed request target",
            Rejection::VersionMissing => {
                "no HTTP version after the request target, or a space in the target"
            }
            Rejection::Version => "malformed HTTP version",
            Rejection::UnsupportedVersion => "only HTTP/1.0 and HTTP/1.1 are spoken here",
            Rejection::HeadTooLarge => "request head too large",
            Rejection::TooManyFields => "too many fields",
            Rejection::FieldName => "malformed field name",
            Rejection::FieldValue => "control character in a field value",
            Rejection::HostMissing => "no Host field",
            Rejection::HostRepeated => "more than one Host field",
            Rejection::Host => "malformed Host field",
            Rejection::ContentTypeRepeated => "more than one Content-Type",
            Rejection::ContentLength => "malformed Content-Length",
            Rejection::ContentLengthRepeated => "more than one Content-Length",
            Rejection::ContentLengthWithTransferEncoding => {
                "both Content-Length and Transfer-Encoding"
            }
            Rejection::TransferEncoding => "Transfer-Encoding does not end with one chunked",
            Rejection::TransferEncodingInHttp10 => "Transfer-Encoding in HTTP/1.0",
            Rejection::UnknownTransferCoding => "unknown transfer coding",
            Rejection::Expectation => "unknown expectation",
            Rejection::BodyTooLarge => "request body too large",
            Rejection::ChunkSize => "malformed chunk size",
            Rejection::ChunkExtension => "malformed or oversized chunk extension",
            Rejection::ChunkEnd => "a chunk does not end with CRLF",
            Rejection::Trailer => "malformed trailer field",
            Rejection::TrailersTooLarge => "trailer section too large",
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl error::Error for Rejection {}
