//! What a request cannot give.

use std::{error::Error as StdError, fmt};

/// What a request cannot give; of the forms, see [`FormError`](wsgi_forms::FormError).
///
/// An [`Adaptor`](crate::Adaptor) answers those that are the client's fault with their
/// [`status_code`](Self::status_code), and fails with the others.
///
/// ```
/// use wsgi_adaptor::Error;
///
/// assert_eq!(Error::BodyTooLarge.status_code(), 413);
/// assert_eq!(Error::NoSessions.status_code(), 500);
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// There is no session: give the [`Adaptor`](crate::Adaptor) sessions, or put it in
    /// a `SessionMiddleware`.
    NoSessions,
    /// There is no key to sign cookies with: give the [`Adaptor`](crate::Adaptor) a keyring.
    NoKeyring,
    /// The body is longer than the [limit](crate::Adaptor::body_limit).
    BodyTooLarge,
    /// The body was taken before, by another reader of the same request.
    BodyTaken,
    /// The body says it is something else than JSON.
    #[cfg(feature = "json")]
    NotJson,
    /// The body is no JSON, or none of the type asked for.
    #[cfg(feature = "json")]
    Json(serde_json::Error),
}

impl Error {
    /// The status code to answer with (RFC 9110 section 15.5); 500 where it is not the client's fault.
    #[must_use]
    pub fn status_code(&self) -> u16 {
        match self {
            Error::NoSessions | Error::NoKeyring | Error::BodyTaken => 500,
            Error::BodyTooLarge => 413,
            #[cfg(feature = "json")]
            Error::NotJson => 415,
            #[cfg(feature = "json")]
            Error::Json(_) => 400,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Error::NoSessions => "the application has no sessions",
            Error::NoKeyring => "the application has no keyring to sign cookies with",
            Error::BodyTooLarge => "the request's body is longer than the application takes",
            Error::BodyTaken => "the request's body was taken before",
            #[cfg(feature = "json")]
            Error::NotJson => "the request's body is not said to be JSON",
            #[cfg(feature = "json")]
            Error::Json(error) => {
                // Where, but not what: that could name types of the application.
                let (line, column) = (error.line(), error.column());
                return write!(
                    f,
                    "the request's body is not the JSON that is expected, at line {line}, column {column}"
                );
            }
        })
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            #[cfg(feature = "json")]
            Error::Json(error) => Some(error),
            _ => None,
        }
    }
}
