//! The watch over a server: loops that an application holds up, and the shutdown's times.

use std::{
    sync::{Arc, atomic::Ordering::*},
    time::Duration,
};

use crate::{
    instant::Instant,
    loops::{shared::Shared, stage::Stage},
    workers::{
        balance::Balance,
        computing::{Seen, Verdict},
        overdue::Overdue,
    },
};

/// The time between two looks: after a call that held up its loop, and without one.
const ALERT: Duration = Duration::from_micros(200);
const CALM: Duration = Duration::from_millis(1);

/// The same where calls share a lock, after a while in which none held up its loop: each look
/// interrupts a call.
const SERENE: Duration = Duration::from_millis(4);

/// The number of looks at such calls before the monitor is serene.
const LOOKS_BEFORE_SERENE: u32 = 250;

/// The number of looks that the monitor stays alert, and that it takes at a server where nothing
/// runs before it sleeps.
const LOOKS: u32 = 50;

/// Watches over a server until its last loop has ended. Summons a spare thread to a loop that a
/// call holds up, offers saturated loops the time of others, ends requests at their deadline, cuts
/// the connections whose responses take too long during a call, begins the shutdown after its
/// delay, and cuts all connections at its deadline.
pub(crate) fn watch(shared: &Arc<Shared>) {
    let mut seen = vec![Seen::default(); shared.loops.len()];
    let shares_lock = shared.config.options.calls_share_lock;
    let (mut alert, mut quiet, mut harmless) = (0u32, 0u32, 0u32);
    let mut cut: Option<Instant> = None;
    let mut overdue = Overdue::new(shared);
    let mut balance = Balance::new(shared, Instant::now());
    let has_cutoffs = shared.config.options.response_timeout.is_some();
    while shared.running.load(Acquire) > 0 {
        let drained_at = shared.drained_at();
        if drained_at.is_some_and(|at| Instant::now() >= at) {
            shared.advance(Stage::Draining);
        }
        if shared.stage() >= Stage::Draining {
            let at =
                *cut.get_or_insert_with(|| Instant::now() + shared.config.options.shutdown_timeout);
            if Instant::now() >= at {
                shared.advance(Stage::Cutting);
            }
        }
        if has_cutoffs {
            shared.cutoffs.cut(Instant::now());
        }
        overdue.look(shared);
        balance.look(shared);
        alert = alert.saturating_sub(1);
        quiet += 1;
        harmless = harmless.saturating_add(1);
        for (index, event_loop) in shared.loops.iter().enumerate() {
            let call = event_loop.call();
            let verdict = seen[index].look(event_loop, call, shares_lock);
            if let Some(number) = call {
                quiet = 0;
                if let Verdict::Summon { computes } = verdict {
                    harmless = 0;
                    event_loop.note_summons(computes);
                    // A spare that was summoned before the call only takes its time.
                    if shared.summon(index, number) {
                        alert = LOOKS;
                    }
                }
            }
        }
        if quiet < LOOKS {
            std::thread::sleep(match alert {
                0 if shares_lock && harmless > LOOKS_BEFORE_SERENE => SERENE,
                0 => CALM,
                _ => ALERT,
            });
        } else {
            quiet = 0;
            let cutoff = shared.cutoffs.next();
            let deadline = shared.deadlines.next();
            let times = [cut, cutoff, deadline, drained_at];
            Balance::withdraw(shared);
            shared.doze.sleep(times.into_iter().flatten().min(), || {
                let calling = shared
                    .loops
                    .iter()
                    .any(|event_loop| event_loop.call().is_some());
                // A cut-off that is added from here on ends the sleep.
                shared.running.load(Acquire) > 0
                    && !calling
                    && shared.cutoffs.next() == cutoff
                    && shared.deadlines.next() == deadline
            });
            balance.begin(Instant::now());
        }
    }
}
