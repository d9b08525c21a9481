//! The clock of a request, which runs on while the request does.

use std::time::{Instant, SystemTime};

use super::lifetimes::later;

/// The time at which a session was opened, and the instant of that.
pub(crate) struct Clock {
    opened: SystemTime,
    pub(crate) started: Instant,
}

impl Clock {
    pub(crate) fn start(opened: SystemTime) -> Self {
        let started = Instant::now();
        Self { opened, started }
    }

    pub(crate) fn now(&self) -> SystemTime {
        later(self.opened, self.started.elapsed())
    }
}
