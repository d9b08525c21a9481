//! Why a session did not do what it was asked.

use std::error::Error as StdError;
use std::fmt;

use wsgi_cookies::InvalidCookie;

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
    /// The session was renewed or ended by another request, so that nothing can
    /// be changed in it any more. What this request wanted to change is not
    /// saved; the client, which has a new cookie by now, may come again.
    Retired,
    /// The session has been [finished](crate::Session::finish): what is changed
    /// after that would need a cookie, or be lost. Change it before.
    Finished,
    /// Other requests of the same session changed it again and again while this
    /// one tried to. Nothing of this change is saved; the client may come again.
    Contended,
    /// A value cannot be written as JSON, or what is kept under the key is not of
    /// the type asked for.
    Value {
        /// The key of the value.
        key: String,
        /// What is wrong with it.
        cause: serde_json::Error,
    },
    /// The cookie's attributes make a cookie that browsers drop.
    Cookie(InvalidCookie),
    /// The lifetimes do not fit each other: a session must be able to idle for
    /// longer than the interval of touches, no longer than it lives, and live no
    /// longer than a hundred years.
    Lifetimes,
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
            Self::Retired => "the session was renewed or ended by another request",
            Self::Finished => "the session was changed after it was finished",
            Self::Contended => "too many requests change the session at once",
            Self::Value { key, .. } => {
                return write!(
                    f,
                    "the session's value {key:?} is not of the type asked for"
                );
            }
            Self::Cookie(_) => "the session's cookie cannot be set",
            Self::Lifetimes => "the lifetimes of sessions do not fit each other",
        })
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Store(cause) => Some(cause),
            Self::Value { cause, .. } => Some(cause),
            Self::Cookie(cause) => Some(cause),
            Self::Retired | Self::Finished | Self::Contended | Self::Lifetimes => None,
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
