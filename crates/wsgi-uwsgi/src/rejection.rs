//! The reason for which a request was refused.

use std::{error, fmt};

/// The reason for which a request was refused. It is always the peer's fault.
///
/// Answer with [`status_code`](Rejection::status_code), then close the connection, as after every
/// request.
///
/// ```
/// use wsgi_uwsgi::{Limits, Rejection, RequestHead};
///
/// let request = b"GET / HTTP/1.1\r\n";
/// let rejection = RequestHead::new().parse(request, &Limits::new()).unwrap_err();
/// assert_eq!(rejection, Rejection::Modifier);
/// assert_eq!(rejection.status_code(), 400);
/// assert_eq!(rejection.to_string(), "not a uwsgi packet whose modifiers are 0");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rejection {
    /// A modifier of the packet is not 0: it is for another plugin of uWSGI, it asks uWSGI to
    /// change PATH_INFO (30), or the peer speaks another protocol.
    Modifier,
    /// The parameters are above their limit (431).
    HeadTooLarge,
    /// There are more parameters than allowed (431).
    TooManyParams,
    /// The length of a name or value goes beyond the end of the parameters, or is cut itself.
    Param,
    /// A name is empty, or contains NUL, CR or LF.
    ParamName,
    /// CONTENT_LENGTH is not a decimal number.
    ContentLength,
    /// There is more than one CONTENT_LENGTH, equal or not.
    ContentLengthRepeated,
    /// There is an HTTP_TRANSFER_ENCODING, but no CONTENT_LENGTH, so the end of the body is unknown
    /// (411).
    LengthRequired,
    /// The body is above its limit (413). Every length of 2^64 or more is above any limit.
    BodyTooLarge,
}

impl Rejection {
    /// The status code of the answer: 400, 411, 413 or 431.
    #[must_use]
    pub const fn status_code(self) -> u16 {
        match self {
            Self::LengthRequired => 411,
            Self::BodyTooLarge => 413,
            Self::HeadTooLarge | Self::TooManyParams => 431,
            _ => 400,
        }
    }

    /// A short description for a log or for the body of the answer. It contains no bytes of the
    /// request.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Modifier => "not a uwsgi packet whose modifiers are 0",
            Self::HeadTooLarge => "request head too large",
            Self::TooManyParams => "too many parameters",
            Self::Param => "parameter goes beyond the end of the parameters",
            Self::ParamName => "malformed name of a parameter",
            Self::ContentLength => "malformed CONTENT_LENGTH",
            Self::ContentLengthRepeated => "more than one CONTENT_LENGTH",
            Self::LengthRequired => "request body of unknown length",
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
