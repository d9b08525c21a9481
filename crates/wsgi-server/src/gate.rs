//! A gate between threads.

use std::{
    sync::{Condvar, Mutex, PoisonError},
    time::Duration,
};

/// A gate that threads wait at. Once opened, it stays open.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    is_open: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    pub(crate) fn open(&self) {
        *self.is_open.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.opened.notify_all();
    }

    /// Waits until the gate is open, but not longer than `patience`. Returns whether it is open.
    pub(crate) fn wait(&self, patience: Duration) -> bool {
        let is_open = self.is_open.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .opened
            .wait_timeout_while(is_open, patience, |is_open| !*is_open);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn an_open_gate_stops_nobody() {
        let gate = Gate::default();
        assert!(!gate.wait(Duration::from_millis(1)));
        thread::scope(|scope| {
            let waiting = scope.spawn(|| gate.wait(Duration::MAX));
            gate.open();
            assert!(waiting.join().unwrap());
        });
        assert!(gate.wait(Duration::ZERO));
    }
}
