//! The seconds of a time in a header field.

use std::time::Duration;

/// The seconds of a time, rounded up: zero often turns a thing off, so only zero becomes zero. They
/// are at most what a signed number holds, since browsers may give up on more.
pub(crate) fn whole_seconds(time: Duration) -> u64 {
    let part = u64::from(time.subsec_nanos() > 0);
    time.as_secs().saturating_add(part).min(i64::MAX as u64)
}
