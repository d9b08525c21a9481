//! Counting the entries of the file.

use std::time::SystemTime;

use redb::{ReadTransaction, TableError};

use super::FileStore;
use super::entries::{Definition, walk};
use super::held;
#[cfg(feature = "server")]
use super::legacy_entry;
#[cfg(feature = "server")]
use super::tables::LEGACY;
use super::tables::{ANNEXES, COPIES, SESSIONS, UNPROVED};
use crate::record::Annex;
use crate::statistics::Statistics;
use crate::store_error::StoreError;
use crate::stores::entry::{self, Standing};

impl FileStore {
    /// Counts the entries of the file, as of `now`.
    ///
    /// All of them are read, which takes about a second per million sessions. Other calls go on
    /// meanwhile.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] if the file cannot be read.
    pub fn statistics(&self, now: SystemTime) -> Result<Statistics, StoreError> {
        let database = &self.contents.database;
        let mut statistics = database.read(|transaction| count(transaction, now))?;
        statistics.file_bytes = database.len();
        Ok(statistics)
    }
}

/// Counts the entries that a transaction reads.
pub(super) fn count(
    transaction: &ReadTransaction,
    now: SystemTime,
) -> Result<Statistics, redb::Error> {
    let mut statistics = Statistics::default();
    each(transaction, SESSIONS, |entry| {
        statistics.entry_bytes += entry.len() as u64;
        match entry::load(Some(entry), now) {
            Ok(Standing::Live(record)) => statistics.add_live(record.last_used()),
            Ok(Standing::Retired) => statistics.retired += 1,
            Ok(Standing::Absent) => statistics.over += 1,
            Err(_) => statistics.unreadable += 1,
        }
    })?;
    each(transaction, ANNEXES, |entry| {
        statistics.entry_bytes += entry.len() as u64;
        statistics.unreadable += u64::from(Annex::decode(entry).is_err());
    })?;
    each(transaction, COPIES, |entry| {
        statistics.entry_bytes += entry.len() as u64;
        statistics.unreadable += u64::from(held::decode_copy(Some(entry)).is_err());
    })?;
    each(transaction, UNPROVED, |_| statistics.unproved += 1)?;
    #[cfg(feature = "server")]
    each(transaction, LEGACY, |entry| {
        statistics.entry_bytes += entry.len() as u64;
        match legacy_entry::live(entry, now) {
            Ok(Some(_)) => statistics.legacy += 1,
            Ok(None) => statistics.over += 1,
            Err(_) => statistics.unreadable += 1,
        }
    })?;
    Ok(statistics)
}

/// Passes each entry of a table to `look`. A file of an earlier version may lack the table.
fn each<const N: usize>(
    transaction: &ReadTransaction,
    definition: Definition<N>,
    mut look: impl FnMut(&[u8]),
) -> Result<(), redb::Error> {
    let table = match transaction.open_table(definition) {
        Err(TableError::TableDoesNotExist(_)) => return Ok(()),
        table => table?,
    };
    walk(&table, None, usize::MAX, |_, entry| look(entry))?;
    Ok(())
}
