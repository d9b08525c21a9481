//! An entry of the table for clients that know only the verbs of WSGI Utils: a deadline, in
//! milliseconds since the Unix epoch, and the data.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::store_error::StoreError;

/// The number of bytes of a deadline.
const DEADLINE: usize = 8;

/// Whether an entry can be removed.
pub(super) fn is_over(entry: &[u8], now: SystemTime) -> bool {
    matches!(live(entry, now), Ok(None))
}

/// Returns the data of an entry, if it is live.
pub(super) fn live(entry: &[u8], now: SystemTime) -> Result<Option<&[u8]>, StoreError> {
    let (deadline, data) = entry
        .split_first_chunk::<DEADLINE>()
        .ok_or(StoreError::Corrupt)?;
    let deadline = Duration::from_millis(u64::from_be_bytes(*deadline));
    let deadline = UNIX_EPOCH
        .checked_add(deadline)
        .ok_or(StoreError::Corrupt)?;
    Ok((now < deadline).then_some(data))
}
