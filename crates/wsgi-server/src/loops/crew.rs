//! Spare threads, which run a loop whose thread is held up.

use std::{
    io,
    sync::{Condvar, Mutex, MutexGuard, PoisonError, atomic::Ordering::*},
    time::Duration,
};

use crate::loops::event_loop::Loop;

/// Who may take over a loop. A loop calls an application only while a spare is
/// reserved for it, so that no loop is ever without a thread: accepting,
/// deadlines and shutdown go on whatever applications do.
#[derive(Debug)]
pub(crate) struct Crew {
    state: Mutex<State>,
    wanted: Condvar,
}

#[derive(Debug)]
struct State {
    /// How many spares may still be reserved. None of them need be running yet.
    free: usize,
    /// Threads that wait for work.
    idle: usize,
    /// Loops that want a thread, and the calls that hold them up.
    summons: Vec<(usize, u64)>,
    /// Whether a loop was refused a reservation, and is to be told of a free one.
    starving: bool,
    closed: bool,
}

/// How long a spare waits for work before it ends.
const PATIENCE: Duration = Duration::from_secs(10);

impl Crew {
    pub(crate) fn new(spares: usize) -> Self {
        let state = State {
            free: spares,
            idle: 0,
            summons: Vec::new(),
            starving: false,
            closed: false,
        };
        Crew {
            state: Mutex::new(state),
            wanted: Condvar::new(),
        }
    }

    /// Reserves a spare for a loop, if there is one.
    pub(crate) fn reserve(&self) -> bool {
        let mut state = self.state();
        if state.free == 0 {
            state.starving = true;
            return false;
        }
        state.free -= 1;
        true
    }

    /// Takes note that a thread which had lost its loop is free again; true
    /// where loops wait to be told.
    pub(crate) fn release(&self) -> bool {
        let mut state = self.state();
        state.free += 1;
        std::mem::take(&mut state.starving)
    }

    /// Calls the spare that is reserved for a loop, and lets `start` start one
    /// where none waits. The loop may have its thread back from that call when
    /// the spare comes; then it stays reserved.
    pub(crate) fn summon(
        &self,
        station: &Loop,
        (index, call): (usize, u64),
        start: impl FnOnce() -> io::Result<()>,
    ) {
        if station.summoned.swap(true, AcqRel) {
            return;
        }
        let mut state = self.state();
        state.summons.push((index, call));
        if state.summons.len() <= state.idle {
            self.wanted.notify_one();
            return;
        }
        drop(state);
        if start().is_err() {
            // No thread is to be had now. The monitor looks again soon.
            let mut state = self.state();
            state.summons.retain(|(wanted, _)| *wanted != index);
            station.summoned.store(false, Release);
        }
    }

    /// Waits for a loop that wants a thread; `None` when the thread is to end.
    pub(crate) fn wait(&self) -> Option<(usize, u64)> {
        let mut state = self.state();
        loop {
            if let Some(summons) = state.summons.pop() {
                return Some(summons);
            }
            if state.closed {
                return None;
            }
            state.idle += 1;
            let (woken, timeout) = self
                .wanted
                .wait_timeout(state, PATIENCE)
                .unwrap_or_else(PoisonError::into_inner);
            state = woken;
            state.idle -= 1;
            if timeout.timed_out() && state.summons.is_empty() {
                return None;
            }
        }
    }

    /// Ends the threads that wait, and those that come to wait.
    pub(crate) fn close(&self) {
        self.state().closed = true;
        self.wanted.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
