//! Sweeping in small steps: a cursor goes round and round a table.
//!
//! A commit that adds entries looks at a few more than it adds, and removes those that are over.
//! Entries that are over therefore never make up more than a small part of the file, and nobody
//! needs to call [`sweep`](crate::Store::sweep). That only helps in a store to which nothing is
//! added any more.

use std::{
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use super::{
    database::Database,
    entries::{Definition, Entries, walk},
    failure::Failure,
    tables::Tables,
};
use crate::store_error::StoreError;

/// Number of entries that a commit looks at for each one it adds. If all sessions live equally
/// long, those that are over make up an eighth of the live ones.
const LOOKED_AT_PER_ADDED: usize = 4;

/// The smallest number of entries to look at, so that not every commit has to.
const LOOKED_AT_ONCE: usize = 64;

/// The position of the sweep in a table.
pub(super) struct Cursor {
    table: Definition<32>,
    pub(super) entries: Select,
    pub(super) is_over: IsOver,
    pub(super) remove: Remove,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    last: Option<[u8; 32]>,
    /// Number of entries still to be looked at for those that were added.
    owed: usize,
}

/// Returns the table of a cursor in a transaction.
type Select = for<'t, 'a> fn(&'t mut Tables<'a>) -> &'t mut Entries<'a, 32>;

/// Whether an entry of the table can be removed.
type IsOver = fn(&[u8], SystemTime) -> bool;

/// Removes an entry, and its entries in other tables.
type Remove = fn(&mut Tables<'_>, &[u8; 32]) -> Result<(), Failure>;

impl Cursor {
    pub(super) fn new(
        table: Definition<32>,
        entries: Select,
        is_over: IsOver,
        remove: Remove,
    ) -> Self {
        Self {
            table,
            entries,
            is_over,
            remove,
            seen: Mutex::default(),
        }
    }

    /// Returns the last entry that was looked at.
    pub(super) fn last(&self) -> Option<[u8; 32]> {
        self.seen().last
    }

    /// Moves the cursor to another entry.
    pub(super) fn go_to(&self, last: Option<[u8; 32]>) {
        self.seen().last = last;
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes some entries that are over, in a transaction that has added others.
    pub(super) fn follow(&self, tables: &mut Tables<'_>) -> Result<(), redb::Error> {
        let entries = (self.entries)(tables);
        let added = entries.added();
        let Some(now) = added.at else {
            return Ok(());
        };
        let mut over = Vec::new();
        let mut seen = self.seen();
        seen.owed += added.count * LOOKED_AT_PER_ADDED;
        if seen.owed >= LOOKED_AT_ONCE {
            let at_most = mem::take(&mut seen.owed);
            let look = |key: &[u8; 32], entry: &[u8]| {
                if (self.is_over)(entry, now) {
                    over.push(*key);
                }
            };
            let last = entries.walk(seen.last, at_most, look);
            seen.last = last.map_err(Failure::into_database)?;
        }
        drop(seen);
        for key in over {
            (self.remove)(tables, &key).map_err(Failure::into_database)?;
        }
        Ok(())
    }

    /// Returns those of the next `at_most` entries that are over. The first entry follows the last.
    pub(super) fn next(
        &self,
        database: &Database,
        at_most: usize,
        now: SystemTime,
    ) -> Result<Vec<[u8; 32]>, StoreError> {
        let mut seen = self.seen();
        let mut over = Vec::new();
        seen.last = database.read(|transaction| {
            let table = transaction.open_table(self.table)?;
            let look = |key: &[u8; 32], entry: &[u8]| {
                if (self.is_over)(entry, now) {
                    over.push(*key);
                }
            };
            Ok(walk(&table, seen.last, at_most, look)?)
        })?;
        Ok(over)
    }
}
