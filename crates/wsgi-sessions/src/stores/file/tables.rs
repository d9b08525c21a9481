//! The tables of the file, as a transaction sees them.

use std::cell::OnceCell;
use std::ops::Bound;
use std::time::SystemTime;

use redb::{
    ReadableTable, ReadableTableMetadata as _, StorageError, Table, TableDefinition,
    WriteTransaction,
};

use super::held;
use super::limits::Limits;
use crate::{Key, StoreError};

/// The sessions: entries under the bytes of their keys, as every version knows them.
pub(super) const SESSIONS: Definition<32> = TableDefinition::new("sessions");

/// The annexes of those sessions that have one, under the same keys.
pub(super) const ANNEXES: Definition<32> = TableDefinition::new("annexes");

/// What retired keys read; in the sessions they have a mark.
pub(super) const COPIES: Definition<32> = TableDefinition::new("copies");

/// The keys of an owner's sessions and copies: the hash of the owner, then the key.
pub(super) const OWNERS: Definition<64> = TableDefinition::new("owners");

/// The sessions whose cookie has not come back: their idle deadline as they were created, then the
/// key.
pub(super) const UNPROVED: Definition<40> = TableDefinition::new("unproved");

/// What clients of WSGI Utils keep: a deadline and data, under the hash of their key.
#[cfg(feature = "server")]
pub(super) const LEGACY: Definition<32> = TableDefinition::new("legacy");

/// A table of entries under keys of `N` bytes.
pub(super) type Definition<const N: usize> =
    TableDefinition<'static, &'static [u8; N], &'static [u8]>;

/// The tables of a transaction.
pub(super) struct Tables<'a> {
    pub(super) sessions: Entries<'a, 32>,
    pub(super) annexes: Entries<'a, 32>,
    pub(super) copies: Entries<'a, 32>,
    pub(super) owners: Entries<'a, 64>,
    pub(super) unproved: Entries<'a, 40>,
    #[cfg(feature = "server")]
    pub(super) legacy: Entries<'a, 32>,
    /// How many bytes the sessions had before, with their annexes and copies.
    held: u64,
    pub(super) limits: Limits,
    /// The last session that was looked at for whether it is over.
    pub(super) swept: Option<[u8; 32]>,
    /// Many sessions were looked at in vain, so this transaction does so no more.
    pub(super) has_looked_far: bool,
    /// The disk has no room for more than there is.
    pub(super) is_disk_full: bool,
}

/// What a transaction has changed.
#[derive(Clone, Copy, Default)]
pub(super) struct Changes {
    pub(super) is_any: bool,
    /// The bytes of the sessions, with their annexes and copies, from then on.
    pub(super) held: u64,
    /// The bytes that were removed, whatever came in their place.
    pub(super) freed: u64,
}

impl<'a> Tables<'a> {
    /// The tables of a file whose sessions have `held` bytes.
    pub(super) fn of(transaction: &'a WriteTransaction, held: u64) -> Self {
        Self {
            sessions: Entries::of(transaction, SESSIONS),
            annexes: Entries::of(transaction, ANNEXES),
            copies: Entries::of(transaction, COPIES),
            owners: Entries::of(transaction, OWNERS),
            unproved: Entries::of(transaction, UNPROVED),
            #[cfg(feature = "server")]
            legacy: Entries::of(transaction, LEGACY),
            held,
            limits: Limits::default(),
            swept: None,
            has_looked_far: false,
            is_disk_full: false,
        }
    }

    /// Makes those tables that are not there.
    pub(super) fn make(&self) -> Result<(), Failure> {
        for table in [&self.sessions, &self.annexes, &self.copies] {
            table.table()?;
        }
        self.owners.table()?;
        self.unproved.table()?;
        #[cfg(feature = "server")]
        self.legacy.table()?;
        Ok(())
    }

    /// The bytes of the sessions, with their annexes and copies, and of what clients of WSGI Utils set.
    pub(super) fn held(&self) -> u64 {
        let tables = self.counted();
        let change: i64 = tables.map(|table| table.change.grown).sum();
        self.held.saturating_add_signed(change)
    }

    /// The tables whose bytes are bounded.
    fn counted(&self) -> impl Iterator<Item = &Entries<'a, 32>> {
        [
            &self.sessions,
            &self.annexes,
            &self.copies,
            #[cfg(feature = "server")]
            &self.legacy,
        ]
        .into_iter()
    }

    /// Counts the bytes that [`held`](Self::held) is about.
    pub(super) fn count_bytes(&self) -> Result<u64, Failure> {
        let mut bytes = 0;
        for table in self.counted() {
            table.walk(None, usize::MAX, |_, entry| bytes += entry.len() as u64)?;
        }
        Ok(bytes)
    }

    /// Removes what stood beside sessions that another version has removed, which does not know of it.
    pub(super) fn remove_left_over(&mut self) -> Result<(), Failure> {
        let mut left = Vec::new();
        for table in [&self.annexes, &self.copies] {
            table.walk(None, usize::MAX, |key, _| left.push(*key))?;
        }
        for key in left {
            if self.sessions.get(&key, |entry| entry.is_none())? {
                held::clear_beside(self, &Key::from_bytes(key), None)?;
            }
        }
        Ok(())
    }

    /// How many clients of WSGI Utils have set something, with what is over.
    #[cfg(feature = "server")]
    pub(super) fn count_legacy(&self) -> Result<u64, Failure> {
        Ok(self.legacy.table()?.len()?)
    }

    /// How many sessions there are, with those that are over.
    pub(super) fn count(&self) -> Result<u64, Failure> {
        let copies = self.copies.table()?.len()?;
        Ok(self.sessions.table()?.len()?.saturating_sub(copies))
    }

    pub(super) fn changes(&self) -> Changes {
        let held = self.held();
        let changes = [
            self.sessions.change,
            self.annexes.change,
            self.copies.change,
            self.owners.change,
            self.unproved.change,
            #[cfg(feature = "server")]
            self.legacy.change,
        ];
        Changes {
            is_any: changes.iter().any(|change| change.is_any),
            held,
            freed: changes.iter().map(|change| change.freed).sum(),
        }
    }
}

/// A table of a transaction, opened when it is used.
pub(super) struct Entries<'a, const N: usize> {
    transaction: &'a WriteTransaction,
    definition: Definition<N>,
    table: OnceCell<Table<'a, &'static [u8; N], &'static [u8]>>,
    change: Change,
    added: Added,
}

/// What was changed of a table.
#[derive(Clone, Copy, Default)]
struct Change {
    is_any: bool,
    grown: i64,
    freed: u64,
}

impl Change {
    /// An entry came in the place of another: their lengths.
    fn replace(&mut self, former: Option<usize>, entry: usize) {
        self.is_any = true;
        self.grown += entry as i64 - former.unwrap_or(0) as i64;
        self.freed += former.map_or(0, |former| former.saturating_sub(entry)) as u64;
    }
}

/// The entries that a transaction has added to a table.
#[derive(Clone, Copy, Default)]
pub(super) struct Added {
    pub(super) count: usize,
    /// The earliest time at which one was added.
    pub(super) at: Option<SystemTime>,
}

impl<'a, const N: usize> Entries<'a, N> {
    fn of(transaction: &'a WriteTransaction, definition: Definition<N>) -> Self {
        Self {
            transaction,
            definition,
            table: OnceCell::new(),
            change: Change::default(),
            added: Added::default(),
        }
    }

    fn table(&self) -> Result<&Table<'a, &'static [u8; N], &'static [u8]>, Failure> {
        if let Some(table) = self.table.get() {
            return Ok(table);
        }
        let opened = self.transaction.open_table(self.definition);
        let table = opened.map_err(Failure::of)?;
        Ok(self.table.get_or_init(|| table))
    }

    fn table_mut(&mut self) -> Result<&mut Table<'a, &'static [u8; N], &'static [u8]>, Failure> {
        self.table()?;
        let table = self.table.get_mut();
        table.ok_or_else(|| Failure::of(redb::Error::DatabaseClosed))
    }

    /// Shows `read` what stands under a key.
    pub(super) fn get<T>(
        &self,
        key: &[u8; N],
        read: impl FnOnce(Option<&[u8]>) -> T,
    ) -> Result<T, Failure> {
        let entry = self.table()?.get(key)?;
        Ok(read(entry.as_ref().map(redb::AccessGuard::value)))
    }

    /// The first entry.
    pub(super) fn first(&self) -> Result<Option<[u8; N]>, Failure> {
        Ok(self.table()?.first()?.map(|(key, _)| *key.value()))
    }

    pub(super) fn insert(&mut self, key: &[u8; N], entry: &[u8]) -> Result<(), Failure> {
        let former = self.table_mut()?.insert(key, entry)?;
        let former = former.map(|former| former.value().len());
        self.change.replace(former, entry.len());
        Ok(())
    }

    /// Inserts what is new at that time, by which others are swept.
    pub(super) fn add(
        &mut self,
        key: &[u8; N],
        entry: &[u8],
        now: SystemTime,
    ) -> Result<(), Failure> {
        let Added { count, at } = self.added;
        self.added = Added {
            count: count + 1,
            at: Some(at.map_or(now, |at| at.min(now))),
        };
        self.insert(key, entry)
    }

    pub(super) fn added(&self) -> Added {
        self.added
    }

    /// Shows `look` the next `at_most` entries after a key, and gives the last, if there are more.
    pub(super) fn walk(
        &self,
        after: Option<[u8; N]>,
        at_most: usize,
        look: impl FnMut(&[u8; N], &[u8]),
    ) -> Result<Option<[u8; N]>, Failure> {
        Ok(walk(self.table()?, after, at_most, look)?)
    }

    /// The keys from one on to another.
    pub(super) fn keys(&self, from: &[u8; N], to: &[u8; N]) -> Result<Vec<[u8; N]>, Failure> {
        Ok(keys(self.table()?, from, to)?)
    }

    /// Removes an entry, and shows `read` what it was.
    pub(super) fn take<T>(
        &mut self,
        key: &[u8; N],
        read: impl FnOnce(&[u8]) -> T,
    ) -> Result<Option<T>, Failure> {
        let former = self.table_mut()?.remove(key)?;
        let former = former.map(|former| (former.value().len(), read(former.value())));
        let Some((length, former)) = former else {
            return Ok(None);
        };
        self.change.replace(Some(length), 0);
        Ok(Some(former))
    }

    /// Removes an entry, and says whether there was one.
    pub(super) fn remove(&mut self, key: &[u8; N]) -> Result<bool, Failure> {
        Ok(self.take(key, |_| ())?.is_some())
    }
}

/// Shows `look` the next `at_most` entries of a table after a key, and gives the last, if there are
/// more.
pub(super) fn walk<const N: usize>(
    table: &impl ReadableTable<&'static [u8; N], &'static [u8]>,
    after: Option<[u8; N]>,
    at_most: usize,
    mut look: impl FnMut(&[u8; N], &[u8]),
) -> Result<Option<[u8; N]>, StorageError> {
    let start = after.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
    let range = (start, Bound::<&[u8; N]>::Unbounded);
    let (mut looked, mut last) = (0, None);
    for entry in table.range::<&[u8; N]>(range)?.take(at_most) {
        let (key, entry) = entry?;
        look(key.value(), entry.value());
        looked += 1;
        last = Some(*key.value());
    }
    Ok(last.filter(|_| looked == at_most))
}

/// The keys of a table from one on to another.
pub(super) fn keys<const N: usize>(
    table: &impl ReadableTable<&'static [u8; N], &'static [u8]>,
    from: &[u8; N],
    to: &[u8; N],
) -> Result<Vec<[u8; N]>, StorageError> {
    let range = table.range::<&[u8; N]>(from..=to)?;
    range
        .map(|entry| entry.map(|(key, _)| *key.value()))
        .collect()
}

/// Why work in a transaction was not done.
pub(super) enum Failure {
    /// Its own fault: the transaction goes on.
    Own(StoreError),
    /// The database's: nothing of the transaction stays.
    Database(redb::Error),
}

impl Failure {
    /// The database's.
    pub(super) fn of(error: impl Into<redb::Error>) -> Self {
        Self::Database(error.into())
    }

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
