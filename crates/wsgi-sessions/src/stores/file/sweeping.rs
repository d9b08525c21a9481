//! Sweeping in bounded steps: a cursor walks over a table, round and round.
//!
//! Each commit that adds entries looks at a few more than it adds, and removes what is over among
//! them. So what is over never makes more than a small part of the file, and nobody has to call
//! [`sweep`](crate::Store::sweep): that only helps where nothing is added any more.

use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use super::FileStore;
use super::database::Database;
use super::tables::{Definition, Entries, Failure, Tables, walk};
use crate::StoreError;

/// How many entries a commit looks at for each that it adds: where all sessions live as long, those
/// that are over make an eighth of those that live.
const LOOKED_AT_PER_ADDED: usize = 4;

/// How far the sweeping of a table has come.
pub(super) struct Cursor {
    table: Definition,
    entries: Select,
    is_over: IsOver,
    seen: Mutex<Option<[u8; 32]>>,
}

/// Finds the table of a cursor in a transaction.
type Select = for<'t, 'a> fn(&'t mut Tables<'a>) -> &'t mut Entries<'a>;

/// Whether an entry of the table has only to be collected.
type IsOver = fn(&[u8], SystemTime) -> bool;

impl Cursor {
    pub(super) fn new(table: Definition, entries: Select, is_over: IsOver) -> Self {
        Self {
            table,
            entries,
            is_over,
            seen: Mutex::new(None),
        }
    }

    /// Removes what is over of a few entries, in a transaction that has added others.
    pub(super) fn follow(&self, tables: &mut Tables<'_>) -> Result<(), redb::Error> {
        let entries = (self.entries)(tables);
        let added = entries.added();
        let Some(now) = added.at else {
            return Ok(());
        };
        let at_most = added.count.saturating_mul(LOOKED_AT_PER_ADDED);
        let mut over = Vec::new();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        *seen = entries.walk(*seen, at_most, |key, entry| {
            if (self.is_over)(entry, now) {
                over.push(*key);
            }
        })?;
        drop(seen);
        for key in over {
            entries.remove(&key).map_err(Failure::into_database)?;
        }
        Ok(())
    }

    /// Which of the next `at_most` entries are over. After the last comes the first.
    fn next(
        &self,
        database: &Database,
        at_most: usize,
        now: SystemTime,
    ) -> Result<Vec<[u8; 32]>, StoreError> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut over = Vec::new();
        *seen = database.read(|transaction| {
            let table = transaction.open_table(self.table)?;
            let look = |key: &[u8; 32], entry: &[u8]| {
                if (self.is_over)(entry, now) {
                    over.push(*key);
                }
            };
            Ok(walk(&table, *seen, at_most, look)?)
        })?;
        Ok(over)
    }
}

impl FileStore {
    /// Removes what is over of the next `at_most` entries of a table.
    pub(super) fn sweep_next(
        &self,
        cursor: &Cursor,
        at_most: usize,
        now: SystemTime,
    ) -> Result<usize, StoreError> {
        let over = cursor.next(&self.database, at_most, now)?;
        if over.is_empty() {
            return Ok(0);
        }
        let (entries, is_over) = (cursor.entries, cursor.is_over);
        self.write(move |tables| {
            let entries = entries(tables);
            let mut removed = 0;
            for key in over {
                // Since it was read, the key may have been written again.
                if entries.get(&key, |entry| entry.is_some_and(|entry| is_over(entry, now)))? {
                    entries.remove(&key)?;
                    removed += 1;
                }
            }
            Ok(removed)
        })
    }
}
