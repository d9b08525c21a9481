//! The reason for which a request was refused.

use std::{error, fmt};

/// The reason for which a request, or a whole connection, was refused. It is always the peer's
/// fault.
///
/// Send the replies, then close the connection. If a request has begun
/// ([`RequestHead::id`](crate::RequestHead::id) is not 0), first answer it with
/// [`status_code`](Rejection::status_code) and END_REQUEST. The only exception is
/// [`Aborted`](Rejection::Aborted) in a body, after which the connection remains usable if
/// [`keep_conn`](crate::RequestHead::keep_conn) says so (sections 5.1 and 5.4).
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
    /// A record does not have version 1 (section 3.3): it is not FastCGI, or an earlier length was
    /// wrong.
    Version,
    /// A record has a type that only applications send, or belongs to a request and has an unknown
    /// type (section 8).
    RecordType,
    /// A record of a request has the id 0, or GET_VALUES has another id (section 3.3).
    RequestId,
    /// A record of the request is out of order: a second BEGIN_REQUEST, STDIN before the end of
    /// PARAMS, or PARAMS after it (section 6.2).
    RecordOrder,
    /// The content of BEGIN_REQUEST does not have eight bytes (section 5.1).
    BeginRequest,
    /// The request is for none of the accepted roles: Responder, and Authorizer if the
    /// [limits](crate::Limits::accept_authorizers) say so. The web server wants the connection
    /// closed after it. The reply says so (section 5.5), so there is nothing more to answer.
    Role,
    /// The web server has aborted the request (section 5.4). If its head was incomplete, the reply
    /// ends it, and the web server wants the connection closed. In a body, see
    /// [`BodyDecoder::is_aborted`](crate::BodyDecoder::is_aborted).
    Aborted,
    /// The head is above its limit (431).
    HeadTooLarge,
    /// The head has more parameters than allowed (431).
    TooManyParams,
    /// A name or a value goes beyond the end of the parameters (section 3.4).
    Param,
    /// CONTENT_LENGTH is not a decimal number (RFC 3875 section 4.1.2).
    ContentLength,
    /// There is more than one CONTENT_LENGTH, equal or not.
    ContentLengthRepeated,
    /// The body is above its limit (413). Every length of 2^64 or more is above any limit.
    BodyTooLarge,
    /// The body is longer than CONTENT_LENGTH, which the application must not exceed (section 6.2,
    /// RFC 3875 section 4.2).
    BodyOverrun,
    /// The body has ended before CONTENT_LENGTH was reached: the client did not send all of it
    /// (section 6.2).
    BodyTruncated,
    /// Too many other records came between those of the request.
    TooManyInterleaved,
    /// GET_VALUES has more than 1 KiB of content, though only three values exist.
    ValuesTooLarge,
}

impl Rejection {
    /// The status code of the answer, if there is a request to answer: 400, 413 or 431.
    ///
    /// ```
    /// use wsgi_fastcgi::Rejection;
    ///
    /// assert_eq!(Rejection::HeadTooLarge.status_code(), 431);
    /// ```
    #[must_use]
    pub const fn status_code(self) -> u16 {
        match self {
            Self::BodyTooLarge => 413,
            Self::HeadTooLarge | Self::TooManyParams => 431,
            _ => 400,
        }
    }

    /// A short description for a log or for the body of the answer. It contains no bytes of the
    /// request.
    ///
    /// ```
    /// use wsgi_fastcgi::Rejection;
    ///
    /// assert_eq!(Rejection::Version.reason(), "not version 1 of FastCGI");
    /// ```
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Version => "not version 1 of FastCGI",
            Self::RecordType => "record of a type that no web server sends",
            Self::RequestId => "record with an invalid request id",
            Self::RecordOrder => "record out of order",
            Self::BeginRequest => "malformed BEGIN_REQUEST",
            Self::Role => "request for a role that is not accepted",
            Self::Aborted => "request aborted",
            Self::HeadTooLarge => "request head too large",
            Self::TooManyParams => "too many parameters",
            Self::Param => "parameter goes beyond the end of the parameters",
            Self::ContentLength => "malformed CONTENT_LENGTH",
            Self::ContentLengthRepeated => "more than one CONTENT_LENGTH",
            Self::BodyTooLarge => "request body too large",
            Self::BodyOverrun => "request body longer than CONTENT_LENGTH",
            Self::BodyTruncated => "request body shorter than CONTENT_LENGTH",
            Self::TooManyInterleaved => "too many records between those of a request",
            Self::ValuesTooLarge => "GET_VALUES too large",
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl error::Error for Rejection {}
