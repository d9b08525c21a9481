//! The table of clients that know WSGI Utils' verbs alone. Sessions are never in it.
//!
//! An entry is a deadline, in milliseconds since the Unix epoch, and the data. Keys are hashed,
//! since with WSGI Utils they are the sessions' ids.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::FileStore;
use super::commits::Needs;
use super::tables::LEGACY;
use crate::{Key, Record, StoreError};

/// The bytes of a deadline.
const DEADLINE: usize = 8;

impl FileStore {
    /// What was last set under `key`, while it lives.
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

    /// Sets what stands under `key` for a `lifetime`. The last to write wins.
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
            let is_new = tables.legacy.get(key.as_bytes(), |entry| entry.is_none())?;
            if is_new && tables.is_disk_full {
                return Err(StoreError::Full.into());
            }
            tables.legacy.add(key.as_bytes(), &entry, now)
        })
    }

    /// Removes what is over, looking at `at_most` entries.
    pub(crate) fn legacy_sweep(
        &self,
        now: SystemTime,
        at_most: usize,
    ) -> Result<usize, StoreError> {
        self.sweep_next(&self.legacy, at_most, now)
    }
}

/// Whether an entry has only to be collected.
pub(super) fn is_over(entry: &[u8], now: SystemTime) -> bool {
    matches!(live(entry, now), Ok(None))
}

/// The data of an entry, if it lives.
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
