//! Limits of waiting.

use std::time::Duration;

/// The longest wait: a week, which the clocks and timeouts of every system can express.
pub(crate) const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The largest number of bytes in one write to a socket. The timeout starts again for each piece of
/// a longer write, so a timeout alone would not limit it.
pub(crate) const PIECE: usize = 32 * 1024;
