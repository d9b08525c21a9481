//! What a request does not give.

use std::{error::Error as StdError, fmt};

/// What a request does not give; for forms, see [`FormError`](wsgi_forms::FormError).
///
/// An [`Adaptor`](crate::Adaptor) answers those that are the client's fault with their
/// [`status_code`](Self::status_code), and fails with the others.
///
/// ```
/// use wsgi_adaptor::RequestError;
///
/// assert_eq!(RequestError::BodyTooLarge.status_code(), 413);
/// assert_eq!(RequestError::NoSessions.status_code(), 500);
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum RequestError {
    /// There is no session: give the [`Adaptor`](crate::Adaptor) sessions, or put it in
    /// a `SessionMiddleware`.
    NoSessions,
    /// There is no key to sign cookies with: give the [`Adaptor`](crate::Adaptor) a keyring.
    NoKeyring,
    /// A parameter of the path is not of the type asked for, so that there is no such page.
    Parameter {
        /// The parameter's name.
        name: String,
    },
    /// The body is longer than the [limit](crate::Adaptor::max_body_bytes).
    BodyTooLarge,
    /// The body was taken before, by another reader of the same request.
    BodyTaken,
    /// The body says it is something else than JSON.
    #[cfg(feature = "json")]
    NotJson,
    /// The body is not JSON, or not of the type asked for.
    #[cfg(feature = "json")]
    Json {
        /// Where in the JSON, as a JSON Pointer (RFC 6901): `/items/2/price`. Empty for the whole.
        pointer: String,
        /// What is wrong with it.
        cause: serde_json::Error,
    },
}

impl RequestError {
    /// The status code to answer with (RFC 9110 section 15.5); 500 if it is not the client's fault.
    #[must_use]
    pub fn status_code(&self) -> u16 {
        match self {
            Self::NoSessions | Self::NoKeyring | Self::BodyTaken => 500,
            Self::Parameter { .. } => 404,
            Self::BodyTooLarge => 413,
            #[cfg(feature = "json")]
            Self::NotJson => 415,
            #[cfg(feature = "json")]
            Self::Json { .. } => 400,
        }
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSessions => "the application has no sessions",
            Self::NoKeyring => "the application has no keyring to sign cookies with",
            Self::Parameter { name } => {
                return write!(f, "the path's {name:?} is not of the form expected");
            }
            Self::BodyTooLarge => "the request's body is longer than the application takes",
            Self::BodyTaken => "the request's body was taken before",
            #[cfg(feature = "json")]
            Self::NotJson => "the request's body is not said to be JSON",
            #[cfg(feature = "json")]
            Self::Json { pointer, cause } => {
                // Where, but not what: that could name types of the application.
                let (line, column) = (cause.line(), cause.column());
                f.write_str("the request's body is not the JSON that is expected, at ")?;
                if !pointer.is_empty() {
                    write!(f, "{pointer}, ")?;
                }
                return write!(f, "line {line}, column {column}");
            }
        })
    }
}

impl StdError for RequestError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            #[cfg(feature = "json")]
            Self::Json { cause, .. } => Some(cause),
            _ => None,
        }
    }
}
