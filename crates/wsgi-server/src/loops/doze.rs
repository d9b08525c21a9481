//! The monitor's sleep.

use std::sync::{
    Condvar, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering::*},
};

use crate::instant::Instant;

/// The sleep of the monitor while no application runs. The next call ends it.
#[derive(Debug, Default)]
pub(crate) struct Doze {
    asleep: AtomicBool,
    woken: Mutex<bool>,
    condvar: Condvar,
}

impl Doze {
    /// Wakes the monitor if it sleeps, after a loop was left.
    #[inline]
    pub(crate) fn call_began(&self) {
        // Either this sees that the monitor sleeps, or the monitor saw the call: each stores its
        // own flag before it loads the other, and all four are sequentially consistent.
        if self.asleep.load(SeqCst) {
            self.wake();
        }
    }

    #[cold]
    pub(crate) fn wake(&self) {
        *self.woken.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.condvar.notify_all();
    }

    /// Sleeps while `nothing_runs`, but not longer than `until`.
    pub(crate) fn sleep(&self, until: Option<Instant>, nothing_runs: impl Fn() -> bool) {
        self.asleep.store(true, SeqCst);
        if nothing_runs() {
            let mut woken = self.woken.lock().unwrap_or_else(PoisonError::into_inner);
            while !*woken {
                woken = match until.map(|until| until.saturating_duration_since(Instant::now())) {
                    Some(left) if left.is_zero() => break,
                    Some(left) => {
                        self.condvar
                            .wait_timeout(woken, left)
                            .unwrap_or_else(PoisonError::into_inner)
                            .0
                    }
                    None => self
                        .condvar
                        .wait(woken)
                        .unwrap_or_else(PoisonError::into_inner),
                };
            }
            *woken = false;
        }
        self.asleep.store(false, SeqCst);
    }
}
