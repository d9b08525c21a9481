//! Waiting for events.

use std::{
    thread,
    time::{Duration, Instant},
};

/// The time that a test waits for an event. A busy machine needs less.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until `get` returns something. `None` if it does not in time.
pub fn eventually<T>(patience: Duration, mut get: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + patience;
    loop {
        match get() {
            None if Instant::now() < end => thread::sleep(Duration::from_millis(1)),
            found => return found,
        }
    }
}
