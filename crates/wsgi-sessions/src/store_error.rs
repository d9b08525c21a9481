//! Errors of a store.

#[cfg(any(feature = "redis", all(unix, feature = "socket")))]
pub(crate) mod silent;

use std::{error::Error as StdError, fmt};

/// Error of an operation on a store.
///
/// None of these means that there is no session. A request that meets one is refused, and never
/// served with an empty session.
///
/// ```
/// use wsgi_sessions::StoreError;
///
/// let error = StoreError::unavailable(std::io::Error::other("no route"));
/// assert_eq!(error.to_string(), "the session store is unavailable");
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// The store cannot be reached, cannot be read, or failed. A write may or may not have been
    /// done. Answer 503, so that the client tries again.
    Unavailable(Box<dyn StdError + Send + Sync>),
    /// The bytes under the key are not a record. The operator must look; [`end`](crate::Store::end)
    /// removes them.
    Corrupt,
    /// Something other than a session is under the key: another program put it there. It counts as
    /// no session, but tell the operator.
    Foreign,
    /// The store has no room for another session, and removes none that is in use. Answer 503, and
    /// give the store more room.
    Full,
    /// The record has more than [`Record::MAX_DATA`](crate::Record::MAX_DATA) bytes, or more than
    /// this store takes. Keep less data in the session.
    TooLarge,
    /// The key of a new record is taken. Keys come from random ids, so something else writes to
    /// this store.
    Exists,
}

impl StoreError {
    /// Makes an [`Unavailable`](Self::Unavailable) with this cause.
    pub fn unavailable(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Unavailable(cause.into())
    }

    /// Whether the same call may succeed later.
    pub(crate) fn is_temporary(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Full)
    }

    /// Whether an earlier error has reported the same cause. A server that does not answer fails
    /// many calls at once. Such an error need not be logged again.
    ///
    /// ```
    /// # use wsgi_sessions::StoreError;
    /// assert!(!StoreError::Full.is_repeated());
    /// ```
    #[must_use]
    pub fn is_repeated(&self) -> bool {
        #[cfg(any(feature = "redis", all(unix, feature = "socket")))]
        if let Self::Unavailable(cause) = self {
            let silent = cause.downcast_ref::<silent::Silent>();
            return silent.is_some_and(silent::Silent::is_repeated);
        }
        false
    }
}

#[cfg(any(feature = "redis", all(unix, feature = "socket")))]
impl From<silent::Silent> for StoreError {
    fn from(silent: silent::Silent) -> Self {
        Self::unavailable(silent)
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unavailable(_) => "the session store is unavailable",
            Self::Corrupt => "the session store holds something that is not a session",
            Self::Foreign => "the session store holds something from another program",
            Self::Full => "the session store has no room for another session",
            Self::TooLarge => "the session is too large for its store",
            Self::Exists => "the session store already has a session under the new key",
        })
    }
}

impl StdError for StoreError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Unavailable(cause) => Some(&**cause),
            _ => None,
        }
    }
}
