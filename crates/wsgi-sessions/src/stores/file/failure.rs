//! Failures of work in a transaction.

use redb::StorageError;

use crate::store_error::StoreError;

/// Reason why work in a transaction was not done.
pub(super) enum Failure {
    /// The work's own fault. The transaction goes on.
    Own(StoreError),
    /// The database's fault. Nothing of the transaction is kept.
    Database(redb::Error),
}

impl Failure {
    /// Makes a failure of the database.
    pub(super) fn of(error: impl Into<redb::Error>) -> Self {
        Self::Database(error.into())
    }

    /// Converts a failure of work that cannot be at fault itself.
    pub(super) fn into_database(self) -> redb::Error {
        match self {
            Self::Database(error) => error,
            Self::Own(error) => redb::Error::Corrupted(error.to_string()),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Own(error)
    }
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        Self::Database(error.into())
    }
}
