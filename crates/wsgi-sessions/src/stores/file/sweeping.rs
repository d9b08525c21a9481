//! Sweeping in bounded steps: a cursor walks over a table, round and round.

use std::ops::Bound;
use std::sync::{Mutex, PoisonError};

use super::FileStore;
use super::database::Database;
use super::tables::{Definition, Entries, Tables};
use crate::StoreError;

/// How far the sweeping of a table has come.
pub(super) struct Cursor {
    table: Definition,
    entries: Select,
    seen: Mutex<Option<[u8; 32]>>,
}

/// Finds the table of a cursor in a transaction.
type Select = for<'t, 'a> fn(&'t mut Tables<'a>) -> &'t mut Entries<'a>;

impl Cursor {
    pub(super) fn new(table: Definition, entries: Select) -> Self {
        Self {
            table,
            entries,
            seen: Mutex::new(None),
        }
    }

    /// Which of the next `at_most` entries are over. Behind the last comes the first.
    fn next(
        &self,
        database: &Database,
        at_most: usize,
        is_over: impl Fn(&[u8]) -> bool,
    ) -> Result<Vec<[u8; 32]>, StoreError> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let (over, last) = database.read(|transaction| {
            let start = seen.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
            let range = (start, Bound::<&[u8; 32]>::Unbounded);
            let table = transaction.open_table(self.table)?;
            let (mut over, mut looked, mut last) = (Vec::new(), 0, None);
            for entry in table.range::<&[u8; 32]>(range)?.take(at_most) {
                let (key, entry) = entry?;
                if is_over(entry.value()) {
                    over.push(*key.value());
                }
                looked += 1;
                last = Some(*key.value());
            }
            Ok((over, last.filter(|_| looked == at_most)))
        })?;
        *seen = last;
        Ok(over)
    }
}

impl FileStore {
    /// Removes what `is_over` from the next `at_most` entries of a table.
    pub(super) fn sweep_next<F>(
        &self,
        cursor: &Cursor,
        at_most: usize,
        is_over: F,
    ) -> Result<usize, StoreError>
    where
        F: Fn(&[u8]) -> bool + Send + 'static,
    {
        let over = cursor.next(&self.database, at_most, &is_over)?;
        if over.is_empty() {
            return Ok(0);
        }
        let entries = cursor.entries;
        self.write(move |tables| {
            let entries = entries(tables);
            let mut removed = 0;
            for key in over {
                // Since it was read, the key may have been written again.
                if entries.get(&key, |entry| entry.is_some_and(&is_over))? {
                    entries.remove(&key)?;
                    removed += 1;
                }
            }
            Ok(removed)
        })
    }
}
