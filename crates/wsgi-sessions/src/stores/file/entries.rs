//! The entries of one table in a transaction.

use std::{cell::OnceCell, ops::Bound, time::SystemTime};

use redb::{ReadableTable, StorageError, Table, TableDefinition, WriteTransaction};

use super::failure::Failure;

/// A table of entries under keys of `N` bytes.
pub(super) type Definition<const N: usize> =
    TableDefinition<'static, &'static [u8; N], &'static [u8]>;

/// A table of a transaction, opened at its first use.
pub(super) struct Entries<'a, const N: usize> {
    transaction: &'a WriteTransaction,
    definition: Definition<N>,
    table: OnceCell<Table<'a, &'static [u8; N], &'static [u8]>>,
    change: Change,
    added: Added,
}

/// The changes of a table.
#[derive(Clone, Copy, Default)]
pub(super) struct Change {
    pub(super) is_any: bool,
    pub(super) grown: i64,
    pub(super) freed: u64,
}

impl Change {
    /// Records that an entry replaces another, given their lengths.
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
    /// The earliest time of an addition.
    pub(super) at: Option<SystemTime>,
}

impl<'a, const N: usize> Entries<'a, N> {
    pub(super) fn of(transaction: &'a WriteTransaction, definition: Definition<N>) -> Self {
        Self {
            transaction,
            definition,
            table: OnceCell::new(),
            change: Change::default(),
            added: Added::default(),
        }
    }

    pub(super) fn table(&self) -> Result<&Table<'a, &'static [u8; N], &'static [u8]>, Failure> {
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

    /// Passes the entry of a key to `read`.
    pub(super) fn get<T>(
        &self,
        key: &[u8; N],
        read: impl FnOnce(Option<&[u8]>) -> T,
    ) -> Result<T, Failure> {
        let entry = self.table()?.get(key)?;
        Ok(read(entry.as_ref().map(redb::AccessGuard::value)))
    }

    /// Returns the first key.
    pub(super) fn first(&self) -> Result<Option<[u8; N]>, Failure> {
        Ok(self.table()?.first()?.map(|(key, _)| *key.value()))
    }

    pub(super) fn insert(&mut self, key: &[u8; N], entry: &[u8]) -> Result<(), Failure> {
        let former = self.table_mut()?.insert(key, entry)?;
        let former = former.map(|former| former.value().len());
        self.change.replace(former, entry.len());
        Ok(())
    }

    /// Inserts a new entry at that time, by which others are swept.
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

    pub(super) fn change(&self) -> Change {
        self.change
    }

    pub(super) fn added(&self) -> Added {
        self.added
    }

    /// Passes the next `at_most` entries after a key to `look`. Returns the last of their keys, if
    /// there may be more entries.
    pub(super) fn walk(
        &self,
        after: Option<[u8; N]>,
        at_most: usize,
        look: impl FnMut(&[u8; N], &[u8]),
    ) -> Result<Option<[u8; N]>, Failure> {
        Ok(walk(self.table()?, after, at_most, look)?)
    }

    /// Returns the keys of a range, including both ends.
    pub(super) fn keys(&self, from: &[u8; N], to: &[u8; N]) -> Result<Vec<[u8; N]>, Failure> {
        Ok(keys(self.table()?, from, to)?)
    }

    /// Removes an entry, and passes it to `read`.
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

    /// Removes an entry. Returns whether there was one.
    pub(super) fn remove(&mut self, key: &[u8; N]) -> Result<bool, Failure> {
        Ok(self.take(key, |_| ())?.is_some())
    }
}

/// Passes the next `at_most` entries of a table after a key to `look`. Returns the last of their
/// keys, if there may be more entries.
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

/// Returns the keys of a table in a range, including both ends.
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
