//! The time in which the body of a request is waited for.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// The time in which the body of a request was waited for, and not the program: the client has not
/// sent more. The thread that reads the body notes it, and the one that waits for the program does
/// not count it.
#[derive(Clone, Debug, Default)]
pub(super) struct BodyWait(Arc<Mutex<Waits>>);

#[derive(Clone, Copy, Debug, Default)]
struct Waits {
    past: Duration,
    /// When the present one began.
    since: Option<Instant>,
}

impl BodyWait {
    /// Notes that the body is waited for, until the returned value is dropped.
    pub(super) fn begin(&self) -> Present<'_> {
        self.waits().since = Some(Instant::now());
        Present(self)
    }

    /// Whether the body is waited for now.
    pub(super) fn is_on(&self) -> bool {
        self.waits().since.is_some()
    }

    /// The time in which it was waited for until now.
    pub(super) fn total(&self) -> Duration {
        let waits = *self.waits();
        let present = waits.since.map(|since| since.elapsed());
        waits.past + present.unwrap_or_default()
    }

    fn waits(&self) -> MutexGuard<'_, Waits> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The present wait.
pub(super) struct Present<'a>(&'a BodyWait);

impl Drop for Present<'_> {
    fn drop(&mut self) {
        let total = self.0.total();
        *self.0.waits() = Waits {
            past: total,
            since: None,
        };
    }
}

#[cfg(test)]
mod tests {
    use std::{thread, time::Duration};

    use super::BodyWait;

    #[test]
    fn the_present_wait_counts_as_the_past_ones_do() {
        let wait = BodyWait::default();
        assert_eq!((wait.is_on(), wait.total()), (false, Duration::ZERO));
        let brief = Duration::from_millis(5);
        for count in 1..=2 {
            let present = wait.begin();
            thread::sleep(brief);
            assert!(wait.is_on() && wait.total() >= brief * count);
            drop(present);
        }
        let total = wait.total();
        thread::sleep(brief);
        assert_eq!((wait.is_on(), wait.total()), (false, total));
        assert!(total >= brief * 2);
    }
}
