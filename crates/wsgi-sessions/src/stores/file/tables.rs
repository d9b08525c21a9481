//! The tables of the file, as a transaction sees them.

use redb::{StorageError, Table, TableDefinition, WriteTransaction};

use crate::StoreError;

/// The sessions: entries under the bytes of their keys.
pub(super) const SESSIONS: Definition = TableDefinition::new("sessions");

/// What clients of WSGI Utils keep: a deadline and data, under the hash of their key.
#[cfg(feature = "server")]
pub(super) const LEGACY: Definition = TableDefinition::new("legacy");

/// A table of entries under keys of 32 bytes.
pub(super) type Definition = TableDefinition<'static, &'static [u8; 32], &'static [u8]>;

/// The tables of a transaction.
pub(super) struct Tables<'a> {
    pub(super) sessions: Entries<'a>,
    #[cfg(feature = "server")]
    pub(super) legacy: Entries<'a>,
}

impl<'a> Tables<'a> {
    pub(super) fn open(transaction: &'a WriteTransaction) -> Result<Self, redb::Error> {
        Ok(Self {
            sessions: Entries::open(transaction, SESSIONS)?,
            #[cfg(feature = "server")]
            legacy: Entries::open(transaction, LEGACY)?,
        })
    }

    /// Whether anything has been written, so that there is something to commit.
    pub(super) fn are_changed(&self) -> bool {
        #[cfg(feature = "server")]
        if self.legacy.is_changed {
            return true;
        }
        self.sessions.is_changed
    }
}

/// A table of a transaction.
pub(super) struct Entries<'a> {
    table: Table<'a, &'static [u8; 32], &'static [u8]>,
    is_changed: bool,
}

impl<'a> Entries<'a> {
    fn open(
        transaction: &'a WriteTransaction,
        definition: Definition,
    ) -> Result<Self, redb::Error> {
        let table = transaction.open_table(definition)?;
        Ok(Self {
            table,
            is_changed: false,
        })
    }

    /// Shows `read` what stands under a key.
    pub(super) fn get<T>(
        &self,
        key: &[u8; 32],
        read: impl FnOnce(Option<&[u8]>) -> T,
    ) -> Result<T, Failure> {
        use redb::ReadableTable as _;
        let entry = self.table.get(key)?;
        Ok(read(entry.as_ref().map(redb::AccessGuard::value)))
    }

    pub(super) fn insert(&mut self, key: &[u8; 32], entry: &[u8]) -> Result<(), Failure> {
        self.is_changed = true;
        self.table.insert(key, entry)?;
        Ok(())
    }

    pub(super) fn remove(&mut self, key: &[u8; 32]) -> Result<(), Failure> {
        self.is_changed = true;
        self.table.remove(key)?;
        Ok(())
    }
}

/// Why work in a transaction was not done.
pub(super) enum Failure {
    /// Its own fault: the transaction goes on.
    Own(StoreError),
    /// The database's: nothing of the transaction stays.
    Database(redb::Error),
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
