//! How long others are waited for at most.

use std::time::Duration;

/// No wait is longer: a week, which the clocks and the timeouts of every system can express.
pub(crate) const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);
