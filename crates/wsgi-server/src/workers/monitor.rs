//! The watch over a server: loops that an application holds up, and the shutdown's times.

use std::{
    sync::{Arc, atomic::Ordering::Acquire},
    thread,
};

use crate::{
    instant::Instant,
    loops::{event_loop::EventLoop, shared::Shared, stage::Stage},
    workers::{
        balance::Balance,
        computing::{Seen, Verdict},
        overdue::Overdue,
        vigilance::Vigilance,
    },
};

/// Watches over a server until its last loop has ended. Summons a spare thread to a loop that a
/// call holds up, offers saturated loops the time of others, ends requests at their deadline, cuts
/// the connections whose responses take too long during a call, begins the shutdown after its
/// delay, and cuts all connections at its deadline.
pub(crate) fn watch(shared: &Arc<Shared>) {
    let mut monitor = Monitor::new(shared);
    while monitor.has_loops() {
        monitor.keep_times();
        monitor.overdue.look(shared);
        monitor.balance.look(shared);
        monitor.look_at_calls();
        match monitor.vigilance.pause() {
            Some(pause) => thread::sleep(pause),
            None => monitor.sleep(),
        }
    }
}

/// The monitor of a server, and what it has seen.
struct Monitor<'a> {
    shared: &'a Arc<Shared>,
    /// The last look at each loop.
    seen: Vec<Seen>,
    vigilance: Vigilance,
    overdue: Overdue,
    balance: Balance,
    /// When all connections are cut, once the shutdown has begun.
    cut_at: Option<Instant>,
}

impl<'a> Monitor<'a> {
    fn new(shared: &'a Arc<Shared>) -> Self {
        Self {
            shared,
            seen: vec![Seen::default(); shared.loops.len()],
            vigilance: Vigilance::new(shared.config.options.calls_share_lock),
            overdue: Overdue::new(shared),
            balance: Balance::new(shared, Instant::now()),
            cut_at: None,
        }
    }

    /// Whether a loop has not ended.
    fn has_loops(&self) -> bool {
        self.shared.running.load(Acquire) > 0
    }

    /// Whether a loop is left to other threads during a call.
    fn has_call(&self) -> bool {
        let mut calls = self.shared.loops.iter().map(EventLoop::call);
        calls.any(|call| call.is_some())
    }

    /// Goes on with the shutdown when it is time, and cuts connections whose responses take too
    /// long.
    fn keep_times(&mut self) {
        let (shared, options) = (self.shared, &self.shared.config.options);
        if shared.drained_at().is_some_and(|at| Instant::now() >= at) {
            shared.advance(Stage::Draining);
        }
        if shared.stage() >= Stage::Draining {
            let cut_at = || Instant::now() + options.shutdown_timeout;
            if Instant::now() >= *self.cut_at.get_or_insert_with(cut_at) {
                shared.advance(Stage::Cutting);
            }
        }
        if options.response_timeout.is_some() {
            shared.cutoffs.cut(Instant::now());
        }
    }

    /// Summons a spare to each loop that a call holds up.
    fn look_at_calls(&mut self) {
        let shares_lock = self.shared.config.options.calls_share_lock;
        self.vigilance.begin_look();
        for (index, event_loop) in self.shared.loops.iter().enumerate() {
            let call = event_loop.call();
            let verdict = self.seen[index].look(event_loop, call, shares_lock);
            let Some(call) = call else {
                continue;
            };
            self.vigilance.note_call();
            if let Verdict::Summon { computes } = verdict {
                self.vigilance.note_hold_up();
                event_loop.note_summons(computes);
                // A spare that was summoned before the call only takes its time.
                if self.shared.summon(index, call) {
                    self.vigilance.note_summons();
                }
            }
        }
    }

    /// Sleeps until a call begins, or the next time to keep.
    fn sleep(&mut self) {
        let shared = self.shared;
        let (cutoff, deadline) = (shared.cutoffs.next(), shared.deadlines.next());
        let times = [self.cut_at, cutoff, deadline, shared.drained_at()];
        Balance::withdraw(shared);
        shared.doze.sleep(times.into_iter().flatten().min(), || {
            // A cut-off that is added from here on ends the sleep.
            self.has_loops()
                && !self.has_call()
                && shared.cutoffs.next() == cutoff
                && shared.deadlines.next() == deadline
        });
        self.balance.begin(Instant::now());
    }
}
