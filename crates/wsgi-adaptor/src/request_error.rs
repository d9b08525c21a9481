//! The error of a request that does not have what a handler asked for.

#[cfg(feature = "encrypted")]
use std::io;
use std::{error::Error as StdError, fmt};

use crate::invalid_value::InvalidValue;
#[cfg(feature = "json")]
use crate::json_mistake::Mistake;

/// The reason why a request does not have what a handler asked for. For forms, see
/// [`FormError`](wsgi_forms::FormError).
///
/// An [`Adaptor`](crate::Adaptor) answers an error that is the client's fault with its
/// [`status_code`](Self::status_code). Any other is a failure.
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
    /// There are no sessions. Give the [`Adaptor`](crate::Adaptor) sessions, or put it in a
    /// `SessionMiddleware`.
    NoSessions,
    /// There is no key for signed or encrypted cookies. Give the [`Adaptor`](crate::Adaptor) a
    /// keyring.
    NoKeyring,
    /// The system provided no random bytes to encrypt a cookie with.
    #[cfg(feature = "encrypted")]
    Random(io::Error),
    /// A parameter of the path is not of the type asked for, so the page does not exist.
    Parameter {
        /// The parameter's name.
        name: String,
    },
    /// A value of the query is missing, or not of the type asked for.
    Query(InvalidValue),
    /// A field of a form is missing, or not of the type asked for.
    Field(InvalidValue),
    /// The body is longer than the [limit](crate::Adaptor::max_body_bytes).
    BodyTooLarge,
    /// The body was already taken, by another reader of the same request.
    BodyTaken,
    /// The body is not declared as JSON.
    #[cfg(feature = "json")]
    NotJson,
    /// The JSON has a content coding that nobody has decoded, such as gzip.
    #[cfg(feature = "json")]
    ContentCoding,
    /// The body is not JSON, or not of the type asked for.
    #[cfg(feature = "json")]
    Json {
        /// The place in the JSON, as a JSON Pointer (RFC 6901) such as `/items/2/price`. It is
        /// empty for the whole text.
        pointer: String,
        /// The error of the JSON parser.
        cause: serde_json::Error,
        /// Whether the body is JSON all the same, so that only a value does not fit.
        is_well_formed: bool,
    },
}

impl RequestError {
    /// The status code of the answer (RFC 9110 section 15.5), 500 if the client is not at fault.
    ///
    /// A body that is well-formed, but has a value that is missing or of another type, is answered
    /// with 422 (section 15.5.21), be it a form or JSON. What is malformed is answered with 400,
    /// and so is every fault of the query, which is not content.
    #[must_use]
    pub fn status_code(&self) -> u16 {
        match self {
            Self::NoSessions | Self::NoKeyring | Self::BodyTaken => 500,
            #[cfg(feature = "encrypted")]
            Self::Random(_) => 500,
            Self::Parameter { .. } => 404,
            Self::Query(_) => 400,
            Self::Field(_) => 422,
            Self::BodyTooLarge => 413,
            #[cfg(feature = "json")]
            Self::NotJson | Self::ContentCoding => 415,
            #[cfg(feature = "json")]
            Self::Json { is_well_formed, .. } => match is_well_formed {
                true => 422,
                false => 400,
            },
        }
    }

    /// The media type that a client may send instead, for the field `Accept` of an answer with 415
    /// (RFC 9110 section 15.5.16). `None` if the type is not at fault.
    #[must_use]
    pub fn accept(&self) -> Option<&'static str> {
        match self {
            #[cfg(feature = "json")]
            Self::NotJson => Some("application/json"),
            _ => None,
        }
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSessions => "the application has no sessions",
            Self::NoKeyring => "the application has no keyring for its cookies",
            #[cfg(feature = "encrypted")]
            Self::Random(_) => "there are no random bytes to encrypt a cookie with",
            Self::Parameter { name } => {
                return write!(f, "the {name:?} in the path is malformed");
            }
            Self::Query(invalid) | Self::Field(invalid) => return invalid.fmt(f),
            Self::BodyTooLarge => "the request body is too large",
            Self::BodyTaken => "the request body was already taken",
            #[cfg(feature = "json")]
            Self::NotJson => "the request body is not declared as JSON",
            #[cfg(feature = "json")]
            Self::ContentCoding => "the request body has a content coding that is not decoded here",
            #[cfg(feature = "json")]
            Self::Json { pointer, cause, .. } => {
                let (line, column) = (cause.line(), cause.column());
                match Mistake::of(cause).and_then(|mistake| mistake.reason()) {
                    Some(reason) => write!(f, "the value {reason}, at ")?,
                    None => f.write_str("the request body is not the expected JSON, at ")?,
                }
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
            Self::Query(invalid) | Self::Field(invalid) => invalid.source(),
            #[cfg(feature = "encrypted")]
            Self::Random(cause) => Some(cause),
            #[cfg(feature = "json")]
            Self::Json { cause, .. } => Some(cause),
            _ => None,
        }
    }
}
