//! The table for clients that know only the verbs of WSGI Utils. It never contains sessions.
//!
//! Keys are hashed, because in WSGI Utils they are the ids of sessions.

use std::time::{Duration, SystemTime};

use super::{FileStore, commits::Needs, legacy_entry::live, room::Wanted, tables::LEGACY};
use crate::{key::Key, record::Record, store_error::StoreError};

impl FileStore {
    /// Returns the value of `key`, while it is live.
    pub(crate) fn legacy_get(
        &self,
        key: &[u8],
        now: SystemTime,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let key = Key::of(key);
        let found = self.contents.database.read(|transaction| {
            let entry = transaction.open_table(LEGACY)?.get(key.as_bytes())?;
            Ok(entry.map(|entry| Ok(live(entry.value(), now)?.map(<[u8]>::to_vec))))
        })?;
        found.unwrap_or(Ok(None))
    }

    /// Sets the value of `key` for a `lifetime`. The last writer wins. The limit of sessions also
    /// applies to the number of these values, and their bytes count with those of the sessions.
    pub(crate) fn legacy_set(
        &self,
        key: &[u8],
        data: &[u8],
        lifetime: Duration,
        now: SystemTime,
    ) -> Result<(), StoreError> {
        let deadline = now.checked_add(lifetime).unwrap_or(now);
        let key = Key::of(key);
        let mut entry = Record::encode_time(deadline).to_vec();
        entry.extend_from_slice(data);
        self.write(Needs::new_entry(&entry), move |tables| {
            let length = |entry: Option<&[u8]>| entry.map(<[u8]>::len);
            let standing = tables.legacy.get(key.as_bytes(), length)?;
            let growth = entry.len().saturating_sub(standing.unwrap_or(0));
            let growth = Wanted {
                sessions: 0,
                bytes: growth as u64,
            };
            let has_place = standing.is_some()
                || !tables.is_disk_full && tables.count_legacy()? < tables.limits.sessions;
            if !has_place || !tables.has_room(growth)? {
                return Err(StoreError::Full.into());
            }
            tables.legacy.add(key.as_bytes(), &entry, now)
        })
    }

    /// Removes values that are over, looking at `at_most` entries.
    pub(crate) fn legacy_sweep(
        &self,
        now: SystemTime,
        at_most: usize,
    ) -> Result<usize, StoreError> {
        self.sweep_next(&self.contents.legacy, at_most, now)
    }
}
