//! Spare threads, which run a loop whose thread is held up.

use std::{
    io,
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::*},
    },
    time::Duration,
};

use crate::loops::event_loop::Loop;

/// Who may take over a loop. A loop calls an application only while a spare is
/// reserved for it, so that no loop is ever without a thread: accepting,
/// deadlines and shutdown go on whatever applications do.
///
/// Each of the spares that there may be is free, reserved for a loop, or stands for a
/// thread that is *away*: it lost its loop during a call, which it finishes. So
/// there is always a thread for a summons: one that waits, one that comes back to
/// wait, or one that may still be started.
#[derive(Debug)]
pub(crate) struct Crew {
    state: Mutex<State>,
    wanted: Condvar,
    /// Told of threads that come back or end, once the crew is closed.
    ended: Condvar,
    /// Whether a loop was refused a reservation, and is to be told of a free one.
    short: AtomicBool,
}

#[derive(Debug)]
struct State {
    /// How many threads there may be, those of the loops included, and how many there are.
    most: isize,
    members: isize,
    /// How many spares may still be reserved. None of them need be running yet. It is
    /// below zero where hooks had to run without one.
    free: isize,
    /// Threads that finish a call for which they lost their loop. For a moment it is
    /// below zero, where one comes back before who took the loop has said so.
    away: isize,
    /// Threads that wait for work.
    idle: usize,
    /// Loops that want a thread, and the calls that hold them up.
    summons: Vec<(usize, u64)>,
    closed: bool,
}

/// How long a spare waits for work before it ends.
const PATIENCE: Duration = Duration::from_secs(10);

impl Crew {
    /// The crew of this number of loops, with `most` threads at most, theirs included.
    pub(crate) fn new(loops: usize, most: usize) -> Self {
        let most = most.max(loops) as isize;
        let state = State {
            most,
            members: 0,
            free: most - loops as isize,
            away: 0,
            idle: 0,
            summons: Vec::new(),
            closed: false,
        };
        Crew {
            state: Mutex::new(state),
            wanted: Condvar::new(),
            ended: Condvar::new(),
            short: AtomicBool::new(false),
        }
    }

    /// Reserves a spare for a loop. Where there is none, says whether it is the first
    /// to miss one.
    pub(crate) fn reserve(&self) -> Result<(), bool> {
        let mut state = self.state();
        if state.free <= 0 {
            // Under the lock, so that who gives one back sees it.
            return Err(!self.short.swap(true, SeqCst));
        }
        state.free -= 1;
        Ok(())
    }

    /// Whether a loop misses a spare: one that needs its own no more gives it back.
    #[inline]
    pub(crate) fn is_short(&self) -> bool {
        self.short.load(SeqCst)
    }

    /// Gives back what was reserved; true where loops wait to be told.
    pub(crate) fn give_back(&self) -> bool {
        self.state().free += 1;
        self.short.swap(false, SeqCst)
    }

    /// Notes that a thread lost its loop to the spare that was `reserved` for it.
    pub(crate) fn lose(&self, reserved: bool) {
        let mut state = self.state();
        state.away += 1;
        if !reserved {
            state.free -= 1;
        }
    }

    /// Notes that a thread which had lost its loop has finished its call; true where
    /// loops wait to be told.
    pub(crate) fn come_back(&self) -> bool {
        let mut state = self.state();
        state.away -= 1;
        state.free += 1;
        self.tell_of_end(&state);
        self.short.swap(false, SeqCst)
    }

    /// How many threads finish a call for which they lost their loop.
    pub(crate) fn away(&self) -> usize {
        self.state().away.max(0) as usize
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
        if state.members >= state.most {
            return; // one is on its way back, and finds the summons
        }
        state.members += 1;
        drop(state);
        if start().is_err() {
            // No thread is to be had now. The monitor looks again soon.
            self.withdraw();
            self.state().summons.retain(|(wanted, _)| *wanted != index);
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

    /// Counts the threads of the loops, all of them before the first is started.
    pub(crate) fn join(&self, loops: usize) {
        self.state().members += loops as isize;
    }

    /// Counts a thread no more that could not be started.
    pub(crate) fn withdraw(&self) {
        let mut state = self.state();
        state.members -= 1;
        self.tell_of_end(&state);
    }

    /// Counts a thread no more that ends, unless somebody has called for it meanwhile:
    /// then it has to go on.
    pub(crate) fn leave(&self) -> bool {
        let mut state = self.state();
        if state.summons.len() > state.idle {
            return false;
        }
        state.members -= 1;
        self.tell_of_end(&state);
        true
    }

    /// Ends the threads that wait, and those that come to wait. Returns when none is
    /// left but those that are away.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        self.wanted.notify_all();
        while state.members > state.away {
            state = self
                .ended
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn tell_of_end(&self, state: &State) {
        if state.closed {
            self.ended.notify_all();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loops::core::Core;

    #[test]
    fn a_thread_is_started_only_where_there_may_be_one_more() {
        let crew = Crew::new(1, 2);
        let stations = [0, 1].map(|_| Loop::new(Core::new(&[]).unwrap()).unwrap());
        crew.join(1);
        assert_eq!(crew.reserve(), Ok(()));
        let mut started = 0;
        crew.summon(&stations[0], (0, 1), || {
            started += 1;
            Ok(())
        });
        assert_eq!(crew.wait(), Some((0, 1)));
        crew.lose(true);
        assert_eq!(crew.away(), 1);
        assert_eq!(crew.reserve(), Err(true), "it is taken by who is away");
        assert_eq!(crew.reserve(), Err(false), "the loops have been told");
        assert!(crew.come_back(), "a loop waits to be told");
        assert_eq!(crew.reserve(), Ok(()));
        // Who came back has not begun to wait.
        crew.summon(&stations[1], (0, 3), || {
            started += 1;
            Ok(())
        });
        assert_eq!(started, 1);
        assert!(!crew.leave(), "it was called meanwhile");
        assert_eq!(crew.wait(), Some((0, 3)));
    }

    #[test]
    fn a_thread_that_cannot_be_started_is_not_counted() {
        let crew = Crew::new(1, 3);
        let station = Loop::new(Core::new(&[]).unwrap()).unwrap();
        crew.join(1);
        crew.withdraw(); // that of the loop itself
        for _ in 0..3 {
            let mut tried = false;
            crew.summon(&station, (0, 1), || {
                tried = true;
                Err(io::ErrorKind::WouldBlock.into())
            });
            assert!(tried);
        }
        crew.close();
        assert_eq!(crew.wait(), None);
    }
}
