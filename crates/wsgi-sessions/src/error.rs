//! Why a session did not do what it was asked.

mod wrong_value;

use std::error::Error as StdError;
use std::fmt;

use wsgi_cookies::InvalidCookie;

pub use self::wrong_value::WrongValue;
use crate::StoreError;

/// Why a session did not do what it was asked.
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
    /// Another request renewed the session a moment ago, and this one came with the old id, which
    /// can still be read and be renewed itself, but not be changed. Nothing is saved. The client,
    /// which has a new cookie by now or in a moment, may come again: the answer is 409 with
    /// `Retry-After`.
    Retired,
    /// Another request ended the session while this one ran, as by a logout. What this request
    /// wanted to change is not saved. The next one of this client begins a new session.
    Ended,
    /// The session's time ran out while the request ran. What it wanted to change is not saved. The
    /// next request of this client begins a new session.
    Expired,
    /// The session has been [finished](crate::Session::finish): what is changed
    /// after that would need a cookie, or be lost. Change it before.
    Finished,
    /// Other requests of the same session changed it again and again while this
    /// one tried to. Nothing of this change is saved; the client may come again.
    Contended,
    /// A value cannot be written as JSON, or what is kept under the key is not of
    /// the type asked for.
    Value(WrongValue),
    /// The cookie's attributes make a cookie that browsers drop.
    Cookie(InvalidCookie),
    /// The lifetimes do not fit each other: a session must be able to idle for
    /// longer than the interval of touches, no longer than it lives, and live no
    /// longer than a hundred years.
    Lifetimes,
    /// The name of an owner is empty or longer than [`Annex::OWNER`](crate::Annex::OWNER) bytes, or
    /// a note is longer than [`Annex::NOTE`](crate::Annex::NOTE).
    Owner,
}

impl Error {
    /// Whether the same request may succeed later: the answer to it is 503 with
    /// `Retry-After` (RFC 9110, sections 15.6.4 and 10.2.3).
    pub fn is_temporary(&self) -> bool {
        matches!(
            self,
            Self::Store(StoreError::Unavailable(_) | StoreError::Full) | Self::Contended
        )
    }

    /// Whether an earlier error has said the same: the server of the store does not answer, which
    /// fails many requests at once. Such an error need not be logged again.
    ///
    /// ```
    /// # use wsgi_sessions::Error;
    /// assert!(!Error::Contended.is_known());
    /// ```
    pub fn is_known(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_known())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Store(_) => "the session could not be read or saved",
            Self::Retired => "the session was renewed by another request",
            Self::Ended => "the session was ended by another request",
            Self::Expired => "the session has expired",
            Self::Finished => "the session was changed after it was finished",
            Self::Contended => "too many requests change the session at once",
            Self::Value(wrong) => return write!(f, "{wrong}"),
            Self::Cookie(_) => "the session's cookie cannot be set",
            Self::Lifetimes => "the lifetimes of sessions do not fit each other",
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
