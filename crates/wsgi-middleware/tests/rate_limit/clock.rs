//! A clock that a test moves on.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// Clones show the same time.
#[derive(Clone, Default)]
pub(crate) struct Clock(Arc<Mutex<Duration>>);

impl Clock {
    /// The closure for a limit.
    pub(crate) fn read(&self) -> impl Fn() -> Duration + Send + Sync + 'static {
        let clock = self.clone();
        move || *clock.0.lock().unwrap()
    }

    pub(crate) fn set(&self, now: Duration) {
        *self.0.lock().unwrap() = now;
    }

    pub(crate) fn add(&self, time: Duration) {
        *self.0.lock().unwrap() += time;
    }

    pub(crate) fn add_millis(&self, millis: u64) {
        self.add(Duration::from_millis(millis));
    }
}
