//! Why a request was refused.

use std::{error, fmt};

/// Why a request was refused: the peer's fault, always.
///
/// Answer with [`status`](Rejection::status), then close the connection, as after every request.
///
/// ```
/// use wsgi_scgi::{Limits, Rejection, RequestHead};
///
/// let request = b"17:CONTENT_LENGTH\x000\0,";
/// let rejection = RequestHead::new().parse(request, &Limits::new()).unwrap_err();
/// assert_eq!(rejection, Rejection::Scgi);
/// assert_eq!(rejection.status(), 400);
/// assert_eq!(rejection.to_string(), "no SCGI header of value 1");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rejection {
    /// The request is no netstring: it does not start with a decimal number and a colon, the
    /// number has a zero before it, or there is no comma where the string should end.
    Netstring,
    /// The headers are longer than their limit (431).
    HeadTooLarge,
    /// There are more headers than their limit (431).
    TooManyHeaders,
    /// A name is empty, or a name or a value is not ended by NUL.
    Header,
    /// The first header is not CONTENT_LENGTH.
    ContentLengthMissing,
    /// CONTENT_LENGTH is not a decimal number.
    ContentLength,
    /// There is more than one CONTENT_LENGTH, equal or not.
    ContentLengthRepeated,
    /// There is no SCGI header, or its value is not 1.
    Scgi,
    /// The body is longer than its limit (413), which no length of 2^64 and above is within.
    BodyTooLarge,
}

impl Rejection {
    /// The status code of the answer, one of 400, 413 and 431.
    pub const fn status(self) -> u16 {
        match self {
            Rejection::BodyTooLarge => 413,
            Rejection::HeadTooLarge | Rejection::TooManyHeaders => 431,
            _ => 400,
        }
    }

    /// What was wrong, in a few words fit for a log and for the body of the answer: no byte of
    /// the request is in it.
    pub const fn reason(self) -> &'static str {
        match self {
            Rejection::Netstring => "malformed netstring",
            Rejection::HeadTooLarge => "request head too large",
            Rejection::TooManyHeaders => "too many headers",
            Rejection::Header => "malformed header",
            Rejection::ContentLengthMissing => "CONTENT_LENGTH is not the first header",
            Rejection::ContentLength => "malformed CONTENT_LENGTH",
            Rejection::ContentLengthRepeated => "more than one CONTENT_LENGTH",
            Rejection::Scgi => "no SCGI header of value 1",
            Rejection::BodyTooLarge => "request body too large",
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl error::Error for Rejection {}
