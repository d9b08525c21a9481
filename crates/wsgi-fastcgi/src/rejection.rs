//! Why a connection was refused.

use std::{error, fmt};

/// Why a request, or all that comes on a connection, was refused: the peer's fault, always.
///
/// After any of these close the connection, once the replies are sent. Where a request had begun
/// ([`RequestHead::id`](crate::RequestHead::id) is not 0), answer it before that, with
/// [`status`](Rejection::status) and END_REQUEST. The one exception is
/// [`Aborted`](Rejection::Aborted) in a body, after which the connection is as good as before.
///
/// ```
/// use wsgi_fastcgi::{Limits, Rejection, RequestHead};
///
/// let mut head = RequestHead::new();
/// let rejection = head.parse(b"GET / HTTP/1.1\r\n", &Limits::new(), &mut Vec::new()).unwrap_err();
/// assert_eq!(rejection, Rejection::Version);
/// assert_eq!(rejection.to_string(), "not version 1 of FastCGI");
/// assert_eq!(head.id(), 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rejection {
    /// A record is not of version 1 (section 3.3): it is no FastCGI, or a length before it lied.
    Version,
    /// A record of a type that only applications send, or of a request but of no type that there
    /// is (section 8).
    RecordType,
    /// A record of a request has the id 0, or GET_VALUES has another one (section 3.3).
    RequestId,
    /// A record of the request where it cannot be: a second BEGIN_REQUEST, STDIN before the end
    /// of PARAMS, PARAMS after it (section 6.2).
    RecordOrder,
    /// The content of BEGIN_REQUEST is not of eight bytes (section 5.1).
    BeginRequest,
    /// The request is not for a Responder, and the peer wants the connection closed after it. The
    /// reply says so (section 5.5); there is nothing more to answer.
    Role,
    /// The request was given up by the peer (section 5.4). Before its head was complete the reply
    /// ends it, and the peer wants the connection closed; for its body see
    /// [`BodyDecoder::is_aborted`](crate::BodyDecoder::is_aborted).
    Aborted,
    /// The head is longer than its limit (431).
    HeadTooLarge,
    /// The head has more parameters than its limit (431).
    TooManyParams,
    /// The lengths of a name and a value are longer than what there is of them (section 3.4).
    Param,
    /// CONTENT_LENGTH is not a decimal number (RFC 3875 section 4.1.2).
    ContentLength,
    /// There is more than one CONTENT_LENGTH, equal or not.
    ContentLengthRepeated,
    /// The body is longer than its limit (413), which no length of 2^64 and above is within.
    BodyTooLarge,
    /// The body is longer than CONTENT_LENGTH says, of which the application reads no more than
    /// that (section 6.2, RFC 3875 section 4.2).
    BodyOverrun,
    /// The body has ended before it was as long as CONTENT_LENGTH says: the client has failed to
    /// send it (section 6.2).
    BodyTruncated,
    /// More records than their limit came in between those of the request.
    TooManyInterleaved,
    /// GET_VALUES has more than 1 KiB of content, with three values to ask for.
    ValuesTooLarge,
}

impl Rejection {
    /// The status code of the answer, where there is a request to be answered: one of 400, 413
    /// and 431.
    pub const fn status(self) -> u16 {
        match self {
            Rejection::BodyTooLarge => 413,
            Rejection::HeadTooLarge | Rejection::TooManyParams => 431,
            _ => 400,
        }
    }

    /// What was wrong, in a few words fit for a log and for the body of the answer: no byte of
    /// the request is in it.
    pub const fn reason(self) -> &'static str {
        match self {
            Rejection::Version => "not version 1 of FastCGI",
            Rejection::RecordType => "a record that no web server sends",
            Rejection::RequestId => "a record with an id that it cannot have",
            Rejection::RecordOrder => "a record out of order",
            Rejection::BeginRequest => "malformed BEGIN_REQUEST",
            Rejection::Role => "only the Responder role is known here",
            Rejection::Aborted => "request aborted",
            Rejection::HeadTooLarge => "request head too large",
            Rejection::TooManyParams => "too many parameters",
            Rejection::Param => "a parameter is longer than what there is of them",
            Rejection::ContentLength => "malformed CONTENT_LENGTH",
            Rejection::ContentLengthRepeated => "more than one CONTENT_LENGTH",
            Rejection::BodyTooLarge => "request body too large",
            Rejection::BodyOverrun => "request body longer than CONTENT_LENGTH",
            Rejection::BodyTruncated => "request body shorter than CONTENT_LENGTH",
            Rejection::TooManyInterleaved => "too many records between those of a request",
            Rejection::ValuesTooLarge => "GET_VALUES too large",
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl error::Error for Rejection {}
