//! Why a request was refused by the codec of its protocol.

use std::fmt;

use wsgi_environ::InputError;

/// A rejection of any codec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rejection {
    Http1(wsgi_http1::Rejection),
    #[cfg(feature = "fastcgi")]
    FastCgi(wsgi_fastcgi::Rejection),
    #[cfg(feature = "scgi")]
    Scgi(wsgi_scgi::Rejection),
}

impl Rejection {
    /// The status code of the answer.
    pub(crate) fn status(self) -> u16 {
        match self {
            Rejection::Http1(rejection) => rejection.status(),
            #[cfg(feature = "fastcgi")]
            Rejection::FastCgi(rejection) => rejection.status(),
            #[cfg(feature = "scgi")]
            Rejection::Scgi(rejection) => rejection.status(),
        }
    }

    /// Whether the peer gave the request up itself, and did nothing wrong.
    pub(crate) fn is_abort(self) -> bool {
        match self {
            #[cfg(feature = "fastcgi")]
            Rejection::FastCgi(rejection) => rejection == wsgi_fastcgi::Rejection::Aborted,
            _ => false,
        }
    }

    /// What the application's read says of it.
    pub(crate) fn input_error(self) -> InputError {
        match self {
            #[cfg(feature = "fastcgi")]
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
            #[cfg(feature = "fastcgi")]
            Rejection::FastCgi(rejection) => rejection.reason(),
            #[cfg(feature = "scgi")]
            Rejection::Scgi(rejection) => rejection.reason(),
        })
    }
}
