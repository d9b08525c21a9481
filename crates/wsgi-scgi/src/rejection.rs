//! The reason for which a request was refused.

use std::{error, fmt};

/// The reason for which a request was refused. It is always the peer's fault.
///
/// Answer with [`status_code`](Rejection::status_code), then close the connection, as after every
/// request.
///
/// ```
/// use wsgi_scgi::{Limits, Rejection, RequestHead};
///
/// let request = b"17:CONTENT_LENGTH\x000\0,";
/// let rejection = RequestHead::new().parse(request, &Limits::new()).unwrap_err();
/// assert_eq!(rejection, Rejection::Scgi);
/// assert_eq!(rejection.status_code(), 400);
/// assert_eq!(rejection.to_string(), "no SCGI header of value 1");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rejection {
    /// The request is not a netstring: it does not start with a decimal number and a colon, the
    /// number has a leading zero, or there is no comma after the text.
    Netstring,
    /// The headers are above their limit (431).
    HeadTooLarge,
    /// There are more headers than allowed (431).
    TooManyHeaders,
    /// A name is empty, or a name or value does not end with NUL.
    Header,
    /// The first header is not CONTENT_LENGTH.
    ContentLengthMissing,
    /// CONTENT_LENGTH is not a decimal number.
    ContentLength,
    /// There is more than one CONTENT_LENGTH, equal or not.
    ContentLengthRepeated,
    /// There is no SCGI header, or its value is not 1.
    Scgi,
    /// The body is above its limit (413). Every length of 2^64 or more is above any limit.
    BodyTooLarge,
}

impl Rejection {
    /// The status code of the answer: 400, 413 or 431.
    #[must_use]
    pub const fn status_code(self) -> u16 {
        match self {
            Self::BodyTooLarge => 413,
            Self::HeadTooLarge | Self::TooManyHeaders => 431,
            _ => 400,
        }
    }

    /// A short description for a log or for the body of the answer. It contains no bytes of the
    /// request.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Netstring => "malformed netstring",
            Self::HeadTooLarge => "request head too large",
            Self::TooManyHeaders => "too many headers",
            Self::Header => "malformed header",
            Self::ContentLengthMissing => "CONTENT_LENGTH is not the first header",
            Self::ContentLength => "malformed CONTENT_LENGTH",
            Self::ContentLengthRepeated => "more than one CONTENT_LENGTH",
            Self::Scgi => "no SCGI header of value 1",
            Self::BodyTooLarge => "request body too large",
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl error::Error for Rejection {}
