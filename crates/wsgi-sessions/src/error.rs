//! Errors of a session.

mod wrong_value;

use std::{error::Error as StdError, fmt};

use wsgi_cookies::InvalidCookie;

pub use self::wrong_value::WrongValue;
use crate::store_error::StoreError;

/// Error of an operation on a session.
///
/// ```
/// use wsgi_sessions::{Error, StoreError};
///
/// let error = Error::from(StoreError::Full);
/// assert!(error.is_temporary(), "answer 503 with Retry-After");
/// assert!(!Error::Retired.is_temporary());
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The store failed. The request must not go on with an empty session.
    Store(StoreError),
    /// Another request renewed the session a moment ago, and this one came with the old id. That id
    /// can still be read and can itself be renewed, but not changed. Nothing is saved. The client
    /// has a new cookie, or gets one in a moment, and may try again: answer 409 with `Retry-After`.
    Retired,
    /// Another request ended the session while this one ran, for example by a logout. The changes
    /// of this request are not saved. The client's next request begins a new session.
    Ended,
    /// The session expired while the request ran. The changes of this request are not saved. The
    /// client's next request begins a new session.
    Expired,
    /// The session has been [finished](crate::Session::finish). A later change would need a cookie,
    /// or be lost. Make it before finishing.
    Finished,
    /// Other requests kept changing the same session while this one tried to. Nothing of this
    /// change is saved. The client may try again.
    Contended,
    /// A value cannot be written as JSON, or the stored value is not of the requested type.
    Value(WrongValue),
    /// Browsers would drop a cookie with these attributes.
    Cookie(InvalidCookie),
    /// The lifetimes contradict each other. A session must be allowed to idle for longer than the
    /// interval of touches and for no longer than it lives, and may live for at most a hundred
    /// years.
    Lifetimes,
    /// The name of an owner is empty or longer than [`Annex::MAX_OWNER`](crate::Annex::MAX_OWNER)
    /// bytes, or a note is longer than [`Annex::MAX_NOTE`](crate::Annex::MAX_NOTE).
    Owner,
}

impl Error {
    /// Whether the same request may succeed later. If so, answer 503 with `Retry-After` (RFC 9110,
    /// sections 15.6.4 and 10.2.3).
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Store(error) => error.is_temporary(),
            error => matches!(error, Self::Contended),
        }
    }

    /// Whether an earlier error has reported the same cause. A store's server that does not answer
    /// fails many requests at once. Such an error need not be logged again.
    ///
    /// ```
    /// # use wsgi_sessions::Error;
    /// assert!(!Error::Contended.is_repeated());
    /// ```
    #[must_use]
    pub fn is_repeated(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_repeated())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Store(_) => "the session could not be read or saved",
            Self::Retired => "the session was renewed by another request",
            Self::Ended => "the session was ended by another request",
            Self::Expired => "the session has expired",
            Self::Finished => "the session was changed after it had been finished",
            Self::Contended => "too many requests are changing the session at once",
            Self::Value(wrong) => return write!(f, "{wrong}"),
            Self::Cookie(_) => "the session's cookie is invalid",
            Self::Lifetimes => "the lifetimes of sessions contradict each other",
            Self::Owner => "the name of the session's owner, or its note, is empty or too long",
        })
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Store(cause) => Some(cause),
            Self::Cookie(cause) => Some(cause),
            Self::Retired
            | Self::Ended
            | Self::Expired
            | Self::Value(_)
            | Self::Finished
            | Self::Contended
            | Self::Lifetimes
            | Self::Owner => None,
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<InvalidCookie> for Error {
    fn from(error: InvalidCookie) -> Self {
        Self::Cookie(error)
    }
}
