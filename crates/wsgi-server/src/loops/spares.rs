//! Spare threads, which run a loop while its thread is in a call.

use std::{
    io,
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::*},
    },
    time::Duration,
};

use crate::instant::Instant;

/// The threads of a server that may take over a loop. A loop calls an application only while a
/// spare is reserved for it, so that no loop is ever without a thread: accepting, deadlines and
/// the shutdown go on whatever applications do.
///
/// Each spare is free, reserved for a loop, or counts for a thread that is *away*: one that lost
/// its loop during a call, which it finishes. So there is always a thread for a summons: one
/// that waits, one that comes back to wait, or one that may still be started.
#[derive(Debug)]
pub(crate) struct Spares {
    state: Mutex<State>,
    wanted: Condvar,
    /// Notified of threads that come back or end, once this is closed.
    ended: Condvar,
    /// Whether a loop was refused a reservation, and waits to hear of a free spare.
    short: AtomicBool,
}

#[derive(Debug)]
struct State {
    /// The limit of threads, those of the loops included, and their present number.
    max_threads: isize,
    threads: isize,
    /// The number of loops, which need a thread each.
    loops: isize,
    /// The number of spares that may still be reserved. None of them need be running yet. It is
    /// below zero when hooks had to run without one.
    free: isize,
    /// Threads that finish a call for which they lost their loop. For a moment it is below zero
    /// if a thread comes back before the thread that took the loop has counted it.
    away: isize,
    /// Threads that are stuck in the application after a deadline, and the number of them that
    /// do not count against `max_threads`.
    stuck: usize,
    max_stuck: usize,
    /// Spares that stand in for threads that are no longer stuck, and end when they are free.
    surplus: isize,
    /// Threads that are no longer counted and still hold on to the server.
    leaving: usize,
    /// Threads that wait for a summons.
    idle: usize,
    summonses: Vec<Summons>,
    /// The end of the pause after the system has refused a thread.
    refused_until: Option<Instant>,
    closed: bool,
}

/// A call for a thread to take a loop over from another thread that is in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Summons {
    /// The number of the loop.
    pub(crate) index: usize,
    /// The number of the call.
    pub(crate) call: u64,
}

/// A loop was refused a spare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoSpare {
    /// Whether it is the first one since a spare became free.
    pub(crate) is_first: bool,
}

/// The pause after the system has refused a thread. The attempt costs it more than a small request.
const PAUSE: Duration = Duration::from_millis(20);

impl Spares {
    /// The spares for this number of loops, with `max_threads` threads at most, those of the loops
    /// included.
    ///
    /// Beyond these, there is one for each of the threads that are stuck, up to `max_stuck`.
    pub(crate) fn new(loops: usize, max_threads: usize, max_stuck: usize) -> Self {
        let max_threads = max_threads.max(loops) as isize;
        let state = State {
            max_threads,
            threads: 0,
            loops: loops as isize,
            free: max_threads - loops as isize,
            away: 0,
            stuck: 0,
            max_stuck,
            surplus: 0,
            leaving: 0,
            idle: 0,
            summonses: Vec::new(),
            refused_until: None,
            closed: false,
        };
        Self {
            state: Mutex::new(state),
            wanted: Condvar::new(),
            ended: Condvar::new(),
            short: AtomicBool::new(false),
        }
    }

    /// Reserves a spare for a loop.
    pub(crate) fn reserve(&self) -> Result<(), NoSpare> {
        let mut state = self.state();
        if state.free <= 0 {
            // Under the lock, so that the thread which gives a spare back sees it.
            let is_first = !self.short.swap(true, SeqCst);
            return Err(NoSpare { is_first });
        }
        state.free -= 1;
        Ok(())
    }

    /// Whether at least half of the spares count for threads that are away.
    pub(crate) fn are_scarce(&self) -> bool {
        let state = self.state();
        let spares = state.max_threads - state.loops;
        2 * state.away >= spares
    }

    /// Whether a loop lacks a spare, so that the loops which no longer need theirs give it back.
    #[inline]
    pub(crate) fn is_short(&self) -> bool {
        self.short.load(SeqCst)
    }

    /// Gives back a spare that was reserved. Returns whether loops wait to hear of it.
    pub(crate) fn give_back(&self) -> bool {
        self.state().free_one();
        self.short.swap(false, SeqCst)
    }

    /// Notes that a thread is stuck in the application. Another one may be started in its place, if
    /// not too many are stuck. Returns the number of those that are, and whether loops wait to hear
    /// of the spare.
    pub(crate) fn stick(&self) -> (usize, bool) {
        let mut state = self.state();
        state.stuck += 1;
        let stuck = state.stuck;
        if stuck > state.max_stuck {
            return (stuck, false);
        }
        state.max_threads += 1;
        state.free_one();
        (stuck, self.short.swap(false, SeqCst))
    }

    /// Notes that a thread is no longer stuck. The spare in its place ends when it is free. Returns
    /// whether there was one.
    pub(crate) fn come_unstuck(&self) -> bool {
        let mut state = self.state();
        let was_replaced = state.stuck <= state.max_stuck;
        if was_replaced {
            state.surplus += 1;
            state.end_surplus();
        }
        state.stuck -= 1;
        was_replaced
    }

    /// The number of threads that are stuck in the application.
    pub(crate) fn stuck(&self) -> usize {
        self.state().stuck
    }

    /// Notes that a thread lost its loop to a spare, which may have been `reserved` for it.
    pub(crate) fn lose(&self, reserved: bool) {
        let mut state = self.state();
        state.away += 1;
        if !reserved {
            state.free -= 1;
        }
    }

    /// Notes that a thread which came back has more of an application's code to run.
    pub(crate) fn go_away(&self) {
        let mut state = self.state();
        state.away += 1;
        state.free -= 1;
        self.notify_end(&state);
    }

    /// Notes that a thread which lost its loop has finished its call. Returns whether loops wait
    /// to hear of it.
    pub(crate) fn come_back(&self) -> bool {
        let mut state = self.state();
        state.away -= 1;
        state.free_one();
        self.notify_end(&state);
        self.short.swap(false, SeqCst)
    }

    /// The number of threads that finish a call for which they lost their loop.
    pub(crate) fn away(&self) -> usize {
        self.state().away.max(0) as usize
    }

    /// The number of threads.
    #[cfg(feature = "metrics")]
    pub(crate) fn threads(&self) -> usize {
        self.state().threads.max(0) as usize
    }

    /// Summons a spare to a loop. Returns false if one was summoned before and has not come yet.
    /// `start` starts a thread if none is idle. The loop may have its thread back from that call
    /// when the spare comes; then the spare stays reserved.
    pub(crate) fn summon(
        &self,
        summoned: &AtomicBool,
        summons: Summons,
        start: impl FnOnce() -> io::Result<()>,
    ) -> bool {
        if summoned.swap(true, AcqRel) {
            return false;
        }
        let mut state = self.state();
        state.summonses.push(summons);
        if state.summonses.len() <= state.idle {
            self.wanted.notify_one();
            return true;
        }
        if state.threads >= state.max_threads {
            return true; // one is on its way back, and finds the summons
        }
        let is_paused = |until| Instant::now() < until;
        if !state.refused_until.is_some_and(is_paused) {
            state.threads += 1;
            drop(state);
            if start().is_ok() {
                return true;
            }
            self.withdraw();
            state = self.state();
            state.refused_until = Some(Instant::now() + PAUSE);
        }
        // The system has no thread now. The monitor summons again soon.
        state.summonses.retain(|other| other.index != summons.index);
        drop(state);
        summoned.store(false, Release);
        true
    }

    /// Waits for a summons. `None` tells the thread to end, since none came for that long.
    pub(crate) fn wait(&self, patience: Duration) -> Option<Summons> {
        let mut state = self.state();
        loop {
            if let Some(summons) = state.summonses.pop() {
                return Some(summons);
            }
            if state.closed {
                return None;
            }
            state.idle += 1;
            let (woken, timeout) = self
                .wanted
                .wait_timeout(state, patience)
                .unwrap_or_else(PoisonError::into_inner);
            state = woken;
            state.idle -= 1;
            if timeout.timed_out() && state.summonses.is_empty() {
                return None;
            }
        }
    }

    /// Counts the threads of the loops, all of them before the first is started.
    pub(crate) fn join(&self, loops: usize) {
        self.state().threads += loops as isize;
    }

    /// Stops counting a thread that could not be started.
    pub(crate) fn withdraw(&self) {
        let mut state = self.state();
        state.threads -= 1;
        self.notify_end(&state);
    }

    /// Stops counting a thread that ends, which [has left](Self::left) once it has let go
    /// of the server. Returns false if it was summoned meanwhile and has to go on.
    pub(crate) fn leave(&self) -> bool {
        let mut state = self.state();
        if state.summonses.len() > state.idle {
            return false;
        }
        state.threads -= 1;
        state.leaving += 1;
        true
    }

    /// Notes that a thread which ends has let go of the server, and of the application with it.
    pub(crate) fn left(&self) {
        let mut state = self.state();
        state.leaving -= 1;
        self.notify_end(&state);
    }

    /// Ends the threads that wait for a summons, now and later. Returns when only those that are
    /// away are left.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        self.wanted.notify_all();
        while state.threads > state.away || state.leaving > 0 {
            state = self
                .ended
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn notify_end(&self, state: &State) {
        if state.closed {
            self.ended.notify_all();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Frees a spare.
    fn free_one(&mut self) {
        self.free += 1;
        self.end_surplus();
    }

    /// Ends free spares that stand in for no thread any more.
    fn end_surplus(&mut self) {
        let ending = self.surplus.min(self.free.max(0));
        self.surplus -= ending;
        self.free -= ending;
        self.max_threads -= ending;
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, thread};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(10);

    const FIRST: Summons = Summons { index: 0, call: 1 };
    const SECOND: Summons = Summons { index: 1, call: 3 };

    #[test]
    fn a_thread_is_started_only_within_the_limit() {
        let spares = Spares::new(1, 2, 1);
        let summoned = [const { AtomicBool::new(false) }; 2];
        spares.join(1);
        assert_eq!(spares.reserve(), Ok(()));
        let mut started = 0;
        let is_first = spares.summon(&summoned[0], FIRST, || {
            started += 1;
            Ok(())
        });
        assert!(is_first && !spares.summon(&summoned[0], FIRST, || unreachable!()));
        assert_eq!(spares.wait(PATIENCE), Some(FIRST));
        spares.lose(true);
        assert_eq!(spares.away(), 1);
        let refused = |is_first| Err(NoSpare { is_first });
        assert_eq!(spares.reserve(), refused(true), "it counts for who is away");
        assert_eq!(
            spares.reserve(),
            refused(false),
            "the loops have heard of it"
        );
        assert!(spares.come_back(), "a loop waits to hear of it");
        assert_eq!(spares.reserve(), Ok(()));
        // The thread that came back has not begun to wait.
        spares.summon(&summoned[1], SECOND, || {
            started += 1;
            Ok(())
        });
        assert_eq!(started, 1);
        assert!(!spares.leave(), "it was summoned meanwhile");
        assert_eq!(spares.wait(PATIENCE), Some(SECOND));
    }

    #[test]
    fn spares_are_scarce_once_half_of_them_are_away() {
        for (spares, half) in [(1, 1), (2, 1), (3, 2), (254, 127_usize)] {
            let all = Spares::new(2, 2 + spares, 64);
            for away in 0..spares {
                assert_eq!(all.are_scarce(), away >= half, "{away} of {spares}");
                assert_eq!(all.reserve(), Ok(()));
                all.lose(true);
            }
            while all.are_scarce() {
                all.come_back();
            }
            assert_eq!(all.away(), half - 1);
        }
    }

    #[test]
    fn a_thread_that_cannot_be_started_is_not_counted() {
        let spares = Spares::new(1, 3, 1);
        let summoned = AtomicBool::new(false);
        spares.join(1);
        spares.withdraw(); // the thread of the loop itself
        for _ in 0..3 {
            let (began, tries) = (Instant::now(), Cell::new(0_u32));
            let refuse = || {
                tries.set(tries.get() + 1);
                Err(io::ErrorKind::WouldBlock.into())
            };
            for _ in 0..100 {
                spares.summon(&summoned, FIRST, refuse);
            }
            assert!(tries.get() > 0);
            // Several only if this thread was held up meanwhile.
            let pauses = began.elapsed().as_millis() / PAUSE.as_millis();
            assert!(u128::from(tries.get()) <= pauses + 1, "it pauses");
            thread::sleep(PAUSE);
        }
        spares.close();
        assert_eq!(spares.wait(PATIENCE), None);
    }

    #[test]
    fn the_end_is_waited_for_until_no_thread_holds_on_to_the_server() {
        let spares = Spares::new(1, 2, 1);
        spares.join(1);
        assert!(spares.leave());
        thread::scope(|scope| {
            let close = scope.spawn(|| spares.close());
            thread::sleep(Duration::from_millis(20));
            assert!(!close.is_finished(), "its application may still live");
            spares.left();
            close.join().unwrap();
        });
    }

    #[test]
    fn a_thread_that_is_away_is_not_waited_for_until_it_comes_back() {
        let spares = Spares::new(1, 2, 1);
        spares.join(2);
        spares.lose(false);
        spares.come_back();
        spares.go_away();
        assert_eq!(spares.away(), 1);
        assert!(spares.leave());
        spares.left();
        spares.close(); // one is away
        spares.come_back();
        assert!(spares.leave());
        spares.left();
        spares.close();
    }

    #[test]
    fn another_thread_takes_the_place_of_one_that_is_stuck_within_the_limit() {
        let spares = Spares::new(1, 2, 1);
        assert_eq!(spares.reserve(), Ok(()));
        spares.lose(true);
        assert!(spares.reserve().is_err(), "it counts for who is away");
        assert_eq!(spares.stick(), (1, true), "a loop waits to hear of it");
        assert_eq!(spares.reserve(), Ok(()));
        assert_eq!(spares.stick(), (2, false), "no other may be");
        assert!(spares.reserve().is_err());
        assert!(!spares.come_unstuck());
        assert_eq!(spares.stuck(), 1);
        assert!(
            spares.reserve().is_err(),
            "the first still has one in its place"
        );
        // The thread in its place is busy, and ends only when it is free.
        assert!(spares.come_unstuck());
        assert!(!spares.give_back() || spares.reserve().is_err());
        assert!(spares.reserve().is_err());
        spares.come_back();
        assert_eq!(spares.reserve(), Ok(()));
        assert!(spares.reserve().is_err());
    }
}
