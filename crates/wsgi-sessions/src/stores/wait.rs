//! How long others are waited for at most.

use std::time::Duration;

/// No wait is longer: a week, which the clocks and the timeouts of every system can express.
pub(crate) const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The most bytes of one write to a socket. The system waits anew for each piece it makes of a
/// longer one, so that a timeout alone would not bound it.
pub(crate) const PIECE: usize = 32 * 1024;
