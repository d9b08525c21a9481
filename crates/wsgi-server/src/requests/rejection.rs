//! The reason why a codec refused a request.

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
    #[cfg(feature = "uwsgi")]
    Uwsgi(wsgi_uwsgi::Rejection),
}

impl Rejection {
    /// The status code of the answer.
    pub(crate) fn status_code(self) -> u16 {
        match self {
            Self::Http1(rejection) => rejection.status_code(),
            #[cfg(feature = "fastcgi")]
            Self::FastCgi(rejection) => rejection.status_code(),
            #[cfg(feature = "scgi")]
            Self::Scgi(rejection) => rejection.status_code(),
            #[cfg(feature = "uwsgi")]
            Self::Uwsgi(rejection) => rejection.status_code(),
        }
    }

    /// Whether the peer gave up the request itself, which is not an error.
    pub(crate) fn is_abort(self) -> bool {
        match self {
            #[cfg(feature = "fastcgi")]
            Self::FastCgi(rejection) => rejection == wsgi_fastcgi::Rejection::Aborted,
            _ => false,
        }
    }

    /// The error of the application's read.
    pub(crate) fn input_error(self) -> InputError {
        match self {
            #[cfg(feature = "fastcgi")]
            Self::FastCgi(wsgi_fastcgi::Rejection::BodyTruncated) => InputError::Truncated,
            rejection if rejection.is_abort() => InputError::Disconnected,
            rejection if rejection.status_code() == 413 => InputError::TooLarge,
            _ => InputError::Malformed,
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http1(rejection) => rejection.reason(),
            #[cfg(feature = "fastcgi")]
            Self::FastCgi(rejection) => rejection.reason(),
            #[cfg(feature = "scgi")]
            Self::Scgi(rejection) => rejection.reason(),
            #[cfg(feature = "uwsgi")]
            Self::Uwsgi(rejection) => rejection.reason(),
        })
    }
}
