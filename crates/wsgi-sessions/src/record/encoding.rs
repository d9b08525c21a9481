//! Encoding of the parts of records and annexes: big-endian numbers, and times in milliseconds.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Encodes a time. A time before 1970 becomes 1970.
pub(crate) fn encode_time(time: SystemTime) -> [u8; 8] {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    millis(since).to_be_bytes()
}

/// Returns the milliseconds of a duration.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Returns a time from the milliseconds since 1970-01-01 UTC, if this system can express it.
pub(crate) fn time(millis: u64) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_millis(millis))
}

/// Takes a number from the front.
pub(crate) fn number(rest: &mut &[u8]) -> Option<u64> {
    take(rest).map(u64::from_be_bytes)
}

/// Takes bytes from the front.
pub(crate) fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (bytes, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*bytes)
}
