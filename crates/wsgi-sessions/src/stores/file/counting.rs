//! Counting the entries of the file.

use std::time::SystemTime;

use redb::{ReadOnlyTable, ReadTransaction, TableError};

#[cfg(feature = "server")]
use super::legacy_entry;
#[cfg(feature = "server")]
use super::tables::LEGACY;
use super::{
    FileStore,
    entries::{Definition, walk},
    held,
    tables::{ANNEXES, COPIES, SESSIONS, UNPROVED},
};
use crate::{
    key::Key,
    record::Annex,
    statistics::Statistics,
    store_error::StoreError,
    stores::entry::{self, Standing},
};

/// The number of entries that are read at once. A writer that waits for the readers of the file
/// lets no further ones in, so nobody may read for long.
const AT_ONCE: usize = 1_000;

impl FileStore {
    /// Counts the entries of the file, as of `now`.
    ///
    /// All of them are read, in small steps, which takes about a second per million sessions. Other
    /// calls go on meanwhile. A session that begins, ends or is renewed meanwhile may count or not,
    /// or count twice.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] if the file cannot be read.
    pub fn statistics(&self, now: SystemTime) -> Result<Statistics, StoreError> {
        let database = &self.contents.database;
        let mut statistics = count(now, |step| database.read(step))?;
        statistics.file_bytes = database.len();
        Ok(statistics)
    }
}

/// A table that is only read.
type Table<const N: usize> = ReadOnlyTable<&'static [u8; N], &'static [u8]>;

/// Reads a few entries in a transaction.
type Step<'a> = &'a mut dyn FnMut(&ReadTransaction) -> Result<(), redb::Error>;

/// Counts the entries. Each step may `read` in a transaction of its own.
pub(super) fn count<E>(
    now: SystemTime,
    mut read: impl FnMut(Step<'_>) -> Result<(), E>,
) -> Result<Statistics, E> {
    let mut statistics = Statistics::default();
    count_sessions(now, &mut read, &mut statistics)?;
    each(&mut read, ANNEXES, |entry| {
        statistics.entry_bytes += entry.len() as u64;
        statistics.unreadable += u64::from(Annex::decode(entry).is_err());
    })?;
    each(&mut read, COPIES, |entry| {
        statistics.entry_bytes += entry.len() as u64;
        statistics.unreadable += u64::from(held::decode_copy(Some(entry)).is_err());
    })?;
    each(&mut read, UNPROVED, |_| statistics.unproved += 1)?;
    #[cfg(feature = "server")]
    each(&mut read, LEGACY, |entry| {
        statistics.entry_bytes += entry.len() as u64;
        match legacy_entry::live(entry, now) {
            Ok(Some(_)) => statistics.legacy += 1,
            Ok(None) => statistics.expired += 1,
            Err(_) => statistics.unreadable += 1,
        }
    })?;
    Ok(statistics)
}

/// Counts the sessions and the retired keys. A session whose cookie has not come back yet does not
/// tell when it was used: it has less than its idle time to live.
fn count_sessions<E>(
    now: SystemTime,
    read: &mut impl FnMut(Step<'_>) -> Result<(), E>,
    statistics: &mut Statistics,
) -> Result<(), E> {
    let mut after = None;
    loop {
        read(&mut |transaction| {
            let Some(sessions) = open(transaction, SESSIONS)? else {
                return Ok(());
            };
            let mut uses = Vec::new();
            after = walk(&sessions, after, AT_ONCE, |key, entry| {
                statistics.entry_bytes += entry.len() as u64;
                match entry::load(Some(entry), now) {
                    Ok(Standing::Live(record)) => {
                        statistics.live += 1;
                        let last_used = record.last_used();
                        // Looking up all of them would take as long again.
                        if statistics.is_news(last_used) {
                            let place = held::unproved_key(&Key::from_bytes(*key), entry);
                            uses.push((last_used, place));
                        }
                    }
                    Ok(Standing::Retired) => statistics.retired += 1,
                    Ok(Standing::Absent) => statistics.expired += 1,
                    Err(_) => statistics.unreadable += 1,
                }
            })?;
            let unproved = open(transaction, UNPROVED)?;
            for (last_used, place) in uses {
                if is_proved(unproved.as_ref(), place.as_ref())? {
                    statistics.add_use(last_used);
                }
            }
            Ok(())
        })?;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// Whether the cookie of a session has come back: it has no place in the table of those of which it
/// has not.
fn is_proved(unproved: Option<&Table<40>>, place: Option<&[u8; 40]>) -> Result<bool, redb::Error> {
    match (unproved, place) {
        (Some(unproved), Some(place)) => Ok(unproved.get(place)?.is_none()),
        _ => Ok(true),
    }
}

/// Passes each entry of a table to `look`.
fn each<const N: usize, E>(
    read: &mut impl FnMut(Step<'_>) -> Result<(), E>,
    definition: Definition<N>,
    mut look: impl FnMut(&[u8]),
) -> Result<(), E> {
    let mut after = None;
    loop {
        read(&mut |transaction| {
            let Some(table) = open(transaction, definition)? else {
                return Ok(());
            };
            after = walk(&table, after, AT_ONCE, |_, entry| look(entry))?;
            Ok(())
        })?;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// Opens a table, unless the file is of an earlier version that lacks it.
fn open<const N: usize>(
    transaction: &ReadTransaction,
    definition: Definition<N>,
) -> Result<Option<Table<N>>, redb::Error> {
    match transaction.open_table(definition) {
        Err(TableError::TableDoesNotExist(_)) => Ok(None),
        table => Ok(Some(table?)),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{Key, Record, Store as _, stores::file::tests::disk::Disk};

    #[test]
    fn a_compaction_that_waits_for_all_readers_has_its_turn_during_a_count() {
        let (store, now) = (Disk::default().store(), SystemTime::now());
        let minute = Duration::from_secs(60);
        let sessions = AT_ONCE + 1;
        for number in 0..sessions {
            let record = Record::new("", minute, minute, now).unwrap();
            let key = Key::of(number.to_be_bytes());
            store.create(&key, &record, now).unwrap();
        }
        let database = &store.contents.database;
        let mut steps = 0;
        let counted = count(now, |step| {
            steps += 1;
            // It would wait for ever if the step before it still read.
            database.compact();
            database.read(step)
        });
        let counted = counted.unwrap();
        let all = sessions as u64;
        assert_eq!((counted.live, counted.unproved), (all, all));
        let tables = 4 + usize::from(cfg!(feature = "server"));
        assert_eq!(steps, tables + 2, "two tables take two steps each");
    }
}
