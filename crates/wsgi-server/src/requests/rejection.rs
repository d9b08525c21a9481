//! Why a request was refused by the codec of its protocol.

use std::fmt;

use wsgi_environ::InputError;

/// A rejection of any codec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rejection {
    Http1(wsgi_http1::Rejection),
    FastCgi(wsgi_fastcgi::Rejection),
    Scgi(wsgi_scgi::Rejection),
}

impl Rejection {
    /// The status code of the answer.
    pub(crate) fn status(self) -> u16 {
        match self {
            Rejection::Http1(rejection) => rejection.status(),
            Rejection::FastCgi(rejection) => rejection.status(),
            Rejection::Scgi(rejection) => rejection.status(),
        }
    }

    /// Whether the peer gave the request up itself, and did nothing wrong.
    pub(crate) fn is_abort(self) -> bool {
        match self {
            Rejection::FastCgi(rejection) => rejection == wsgi_fastcgi::Rejection::Aborted,
            _ => false,
        }
    }

    /// What the application's read says of it.
    pub(crate) fn input_error(self) -> InputError {
        match self {
            Rejection::FastCgi(wsgi_fastcgi::Rejection::BodyTruncated) => InputError::Truncated,
            rejection if rejection.is_abort() => InputError::Disconnected,
            rejection if rejection.status() == 413 => InputError::TooLarge,
            _ => InputError::Malformed,
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Rejection::Http1(rejection) => rejection.reason(),
            Rejection::FastCgi(rejection) => rejection.reason(),
            Rejection::Scgi(rejection) => rejection.reason(),
        })
    }
}
