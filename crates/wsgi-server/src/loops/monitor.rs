//! Finding loops that an application holds up.

use std::{
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::*},
    },
    time::{Duration, Instant},
};

use crate::{
    loops::crew::Crew,
    loops::shared::{Shared, Stage},
};

/// How often calls are looked at where one was held up lately, and where none was.
const ALERT: Duration = Duration::from_micros(200);
const CALM: Duration = Duration::from_millis(1);

/// How many looks the monitor stays alert, and how many it takes at a server
/// where nothing runs before it sleeps.
const LOOKS: u32 = 50;

/// The monitor's sleep while nothing runs. Threads end it at their first call.
#[derive(Debug, Default)]
pub(crate) struct Doze {
    asleep: AtomicBool,
    woken: Mutex<bool>,
    condvar: Condvar,
}

impl Doze {
    /// Wakes the monitor, if it sleeps: after a loop was left.
    #[inline]
    pub(crate) fn call_began(&self) {
        // Either this sees that the monitor sleeps, or that saw the call: both
        // said first what they are about, and all four are in one order.
        if self.asleep.load(SeqCst) {
            self.wake();
        }
    }

    #[cold]
    pub(crate) fn wake(&self) {
        *self.woken.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.condvar.notify_all();
    }

    fn sleep(&self, until: Option<Instant>, nothing_runs: impl Fn() -> bool) {
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

/// Watches over a server until its last loop has ended, or was cut: gives a
/// loop that a call holds up to a spare thread, and keeps the deadline of a
/// shutdown.
pub(crate) fn watch(shared: &Arc<Shared>) {
    let mut seen: Vec<Option<u64>> = vec![None; shared.loops.len()];
    let (mut alert, mut quiet) = (0u32, 0u32);
    let mut cut: Option<Instant> = None;
    while shared.running.load(Acquire) > 0 {
        if shared.stage() >= Stage::Draining {
            let at =
                *cut.get_or_insert_with(|| Instant::now() + shared.config.options.shutdown_timeout);
            if Instant::now() >= at {
                shared.advance(Stage::Cutting);
            }
        }
        alert = alert.saturating_sub(1);
        quiet += 1;
        for (index, station) in shared.loops.iter().enumerate() {
            let call = station.call();
            if let Some(number) = call {
                quiet = 0;
                if call == seen[index] {
                    alert = LOOKS;
                    Crew::summon(shared, index, number);
                }
            }
            seen[index] = call;
        }
        if quiet < LOOKS {
            std::thread::sleep(if alert > 0 { ALERT } else { CALM });
        } else {
            quiet = 0;
            shared.doze.sleep(cut, || {
                let calling = shared.loops.iter().any(|station| station.call().is_some());
                shared.running.load(Acquire) > 0 && !calling
            });
        }
    }
}
