//! Why a store did not do what it was asked.

#[cfg(any(feature = "redis", all(unix, feature = "socket")))]
pub(crate) mod silent;

use std::error::Error as StdError;
use std::fmt;

/// Why a store did not do what it was asked.
///
/// None of these means that there is no session: a request that meets one is
/// refused, never served with an empty session.
///
/// ```
/// use wsgi_sessions::StoreError;
///
/// let error = StoreError::unavailable(std::io::Error::other("no route"));
/// assert_eq!(error.to_string(), "the session store cannot be reached");
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// The store cannot be reached or failed; whether a write was done is not
    /// known. Answer 503 and let the client come again.
    Unavailable(Box<dyn StdError + Send + Sync>),
    /// What is kept under the key is no record. The operator has to look;
    /// [`end`](crate::Store::end) removes it.
    Corrupt,
    /// Something else than a session stands under the key: another program has put it there. It is
    /// as good as no session, but the operator should hear of it.
    Foreign,
    /// The store has no room for another session, and gives up none that lives.
    /// Answer 503, and give the store more room.
    Full,
    /// The record has more than [`Record::MAX_DATA`](crate::Record::MAX_DATA)
    /// bytes, or more than this store takes. Keep less in the session.
    TooLarge,
    /// A record was to be created under a key that is taken. Keys come from
    /// random ids, so something else writes to this store.
    Exists,
}

impl StoreError {
    /// The store cannot be reached, because of this.
    pub fn unavailable(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Unavailable(cause.into())
    }

    /// Whether an earlier error has said the same: the server of the store does not answer, which
    /// fails many calls at once. Such an error need not be logged again.
    ///
    /// ```
    /// # use wsgi_sessions::StoreError;
    /// assert!(!StoreError::Full.is_repeated());
    /// ```
    pub fn is_repeated(&self) -> bool {
        #[cfg(any(feature = "redis", all(unix, feature = "socket")))]
        if let Self::Unavailable(cause) = self {
            let silent = cause.downcast_ref::<silent::Silent>();
            return silent.is_some_and(silent::Silent::is_repeated);
        }
        false
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unavailable(_) => "the session store cannot be reached",
            Self::Corrupt => "the session store holds something that is no session",
            Self::Foreign => "the session store holds what another program has put there",
            Self::Full => "the session store has no room for another session",
            Self::TooLarge => "the session is larger than its store takes",
            Self::Exists => "the session store already has a session under a new key",
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
