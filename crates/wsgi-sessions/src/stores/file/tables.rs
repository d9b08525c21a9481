//! The tables of the file, as a transaction sees them.

use std::ops::Bound;
use std::time::SystemTime;

use redb::{ReadableTable, StorageError, Table, TableDefinition, WriteTransaction};

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

    /// How many bytes were removed.
    pub(super) fn freed(&self) -> u64 {
        #[cfg(feature = "server")]
        let legacy = self.legacy.freed;
        #[cfg(not(feature = "server"))]
        let legacy = 0;
        self.sessions.freed + legacy
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
    added: Added,
    freed: u64,
}

/// The entries that a transaction has added to a table.
#[derive(Clone, Copy, Default)]
pub(super) struct Added {
    pub(super) count: usize,
    /// The earliest time at which one was added.
    pub(super) at: Option<SystemTime>,
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
            added: Added::default(),
            freed: 0,
        })
    }

    /// Shows `read` what stands under a key.
    pub(super) fn get<T>(
        &self,
        key: &[u8; 32],
        read: impl FnOnce(Option<&[u8]>) -> T,
    ) -> Result<T, Failure> {
        let entry = self.table.get(key)?;
        Ok(read(entry.as_ref().map(redb::AccessGuard::value)))
    }

    pub(super) fn insert(&mut self, key: &[u8; 32], entry: &[u8]) -> Result<(), Failure> {
        self.is_changed = true;
        if let Some(former) = self.table.insert(key, entry)? {
            self.freed += (former.value().len() as u64).saturating_sub(entry.len() as u64);
        }
        Ok(())
    }

    /// Inserts what may be new, at that time.
    pub(super) fn add(
        &mut self,
        key: &[u8; 32],
        entry: &[u8],
        now: SystemTime,
    ) -> Result<(), Failure> {
        self.is_changed = true;
        if self.table.insert(key, entry)?.is_none() {
            let Added { count, at } = self.added;
            let at = at.map_or(now, |at| at.min(now));
            self.added = Added {
                count: count + 1,
                at: Some(at),
            };
        }
        Ok(())
    }

    pub(super) fn added(&self) -> Added {
        self.added
    }

    /// Shows `look` the next `at_most` entries after a key, and gives the last, if there are more.
    pub(super) fn walk(
        &self,
        after: Option<[u8; 32]>,
        at_most: usize,
        look: impl FnMut(&[u8; 32], &[u8]),
    ) -> Result<Option<[u8; 32]>, StorageError> {
        walk(&self.table, after, at_most, look)
    }

    pub(super) fn remove(&mut self, key: &[u8; 32]) -> Result<(), Failure> {
        self.is_changed = true;
        if let Some(former) = self.table.remove(key)? {
            self.freed += former.value().len() as u64;
        }
        Ok(())
    }
}

/// Shows `look` the next `at_most` entries of a table after a key, and gives the last, if there are
/// more.
pub(super) fn walk(
    table: &impl ReadableTable<&'static [u8; 32], &'static [u8]>,
    after: Option<[u8; 32]>,
    at_most: usize,
    mut look: impl FnMut(&[u8; 32], &[u8]),
) -> Result<Option<[u8; 32]>, StorageError> {
    let start = after.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
    let range = (start, Bound::<&[u8; 32]>::Unbounded);
    let (mut looked, mut last) = (0, None);
    for entry in table.range::<&[u8; 32]>(range)?.take(at_most) {
        let (key, entry) = entry?;
        look(key.value(), entry.value());
        looked += 1;
        last = Some(*key.value());
    }
    Ok(last.filter(|_| looked == at_most))
}

/// Why work in a transaction was not done.
pub(super) enum Failure {
    /// Its own fault: the transaction goes on.
    Own(StoreError),
    /// The database's: nothing of the transaction stays.
    Database(redb::Error),
}

impl Failure {
    /// The failure of work that has no fault of its own.
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
