//! The table for clients that know only the verbs of WSGI Utils. It never contains sessions.
//!
//! An entry is a deadline, in milliseconds since the Unix epoch, and the data. Keys are hashed,
//! because in WSGI Utils they are the ids of sessions.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::FileStore;
use super::commits::Needs;
use super::room::Wanted;
use super::tables::LEGACY;
use crate::key::Key;
use crate::record::Record;
use crate::store_error::StoreError;

/// The number of bytes of a deadline.
const DEADLINE: usize = 8;

impl FileStore {
    /// Returns the value of `key`, while it is live.
    pub(crate) fn legacy_get(
        &self,
        key: &[u8],
        now: SystemTime,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let key = Key::of(key);
        let found = self.database.read(|transaction| {
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
        self.sweep_next(&self.legacy, at_most, now)
    }
}

/// Whether an entry can be removed.
pub(super) fn is_over(entry: &[u8], now: SystemTime) -> bool {
    matches!(live(entry, now), Ok(None))
}

/// Returns the data of an entry, if it is live.
fn live(entry: &[u8], now: SystemTime) -> Result<Option<&[u8]>, StoreError> {
    let (deadline, data) = entry
        .split_first_chunk::<DEADLINE>()
        .ok_or(StoreError::Corrupt)?;
    let deadline = Duration::from_millis(u64::from_be_bytes(*deadline));
    let deadline = UNIX_EPOCH
        .checked_add(deadline)
        .ok_or(StoreError::Corrupt)?;
    Ok((now < deadline).then_some(data))
}
