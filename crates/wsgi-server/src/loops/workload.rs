//! The measure of a loop's load.

use std::time::Duration;

use crate::{
    instant::Instant,
    loops::run_queue::{RunQueue, Schedule},
};

/// The time over which the load is measured.
pub(super) const WINDOW: Duration = Duration::from_millis(20);

/// The number of laps of a window that are all timed, and the interval of those that are timed
/// after them: a look at the clock costs something.
const TIMED: u32 = 16;
const INTERVAL: u32 = 8;

/// The number of events from which the end of a window asks the system for the time without a core.
const ASKED: usize = 16;

/// The number of windows over which that time is averaged, since every thread waits now and then.
const AVERAGED: u32 = 8;

/// The work of a loop in a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Work {
    /// The percentage of the time in which the loop did something, was held up by a call, or had no
    /// core, and did not wait for events.
    pub(super) busy: u32,
    /// The mean number of events that a wait brought.
    pub(super) backlog: u32,
}

/// The measure of a loop's load.
#[derive(Debug)]
pub(crate) struct Workload {
    /// When the present window ends.
    ends: Instant,
    laps: u32,
    events: usize,
    /// The time in which the loop was busy, and in which it waited, in the laps that were timed.
    busy: Duration,
    idle: Duration,
    run_queue: RunQueue,
    /// The percentage of the time in which the loop had a core or waited for one, on average.
    demand: u32,
    /// The work in the last window, until it is taken.
    last: Option<Work>,
}

/// The timing of a wait.
#[derive(Clone, Copy, Debug)]
pub(super) enum Timing {
    /// This lap is not timed.
    Nothing,
    /// The wait ends at once.
    NoWait,
    /// The wait has begun at this time.
    Since(Instant),
}

impl Workload {
    pub(super) fn new(now: Instant) -> Self {
        Self::scheduled_by(RunQueue::default(), now)
    }

    fn scheduled_by(run_queue: RunQueue, now: Instant) -> Self {
        Self {
            run_queue,
            demand: 0,
            ends: now + WINDOW,
            laps: 0,
            events: 0,
            busy: Duration::ZERO,
            idle: Duration::ZERO,
            last: None,
        }
    }

    /// Notes that a wait begins that may take up to `timeout`.
    #[inline(never)] // so that a loop without others has less to step over
    pub(super) fn begin_wait(&mut self, timeout: Option<Duration>) -> Timing {
        self.laps += 1;
        if self.laps > TIMED && !self.laps.is_multiple_of(INTERVAL) {
            return Timing::Nothing;
        }
        match timeout {
            Some(Duration::ZERO) => Timing::NoWait,
            _ => Timing::Since(Instant::now()),
        }
    }

    /// Notes that a wait has ended `now` with this number of events, in a lap that has begun when
    /// the loop `woke` before.
    #[inline(never)] // as above
    pub(super) fn end_wait(&mut self, woke: Instant, timing: Timing, events: usize, now: Instant) {
        self.events += events;
        match timing {
            Timing::Nothing => {}
            Timing::NoWait => self.busy += now - woke,
            Timing::Since(began) => {
                self.busy += began - woke;
                self.idle += now - began;
            }
        }
        if now >= self.ends {
            self.end_window(now);
        }
    }

    #[cold]
    fn end_window(&mut self, now: Instant) {
        let whole = (self.busy + self.idle).as_nanos().max(1);
        let busy = (self.busy.as_nanos() * 100 / whole) as u32;
        self.note_demand(now);
        let last = Work {
            busy: busy.max(self.demand),
            backlog: (self.events / self.laps.max(1) as usize) as u32,
        };
        self.last = Some(last);
        self.ends = now + WINDOW;
        (self.laps, self.events) = (0, 0);
        (self.busy, self.idle) = (Duration::ZERO, Duration::ZERO);
    }

    /// Adds the window that ends to the demand for a core.
    fn note_demand(&mut self, now: Instant) {
        if self.events < ASKED {
            self.run_queue.forget();
            self.demand = 0;
            return;
        }
        let whole = (now + WINDOW - self.ends).as_nanos().max(1);
        if let Some(Schedule { ran, waited }) = self.run_queue.look() {
            let demand = ((ran + waited).as_nanos() * 100 / whole).min(100) as u32;
            self.demand = (self.demand * (AVERAGED - 1) + demand).div_ceil(AVERAGED);
        }
    }

    /// Takes the work in the last window, if one has ended.
    #[inline]
    pub(crate) fn take(&mut self) -> Option<Work> {
        self.last.take()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// The work of windows in which a loop is busy for this time in each lap, and then waits for
    /// this number of events.
    fn works(busy: Duration, idle: Duration, events: usize, laps: u32) -> Vec<Work> {
        let mut now = Instant::now();
        let mut workload = Workload::scheduled_by(RunQueue::new(|| None), now);
        let mut works = Vec::new();
        for _ in 0..laps {
            let woke = now;
            workload.laps += 1;
            let is_timed = workload.laps <= TIMED || workload.laps.is_multiple_of(INTERVAL);
            now += busy + idle;
            let timing = match (is_timed, idle.is_zero()) {
                (false, _) => Timing::Nothing,
                (true, true) => Timing::NoWait,
                (true, false) => Timing::Since(woke + busy),
            };
            workload.end_wait(woke, timing, events, now);
            works.extend(workload.take());
        }
        works
    }

    #[test]
    fn a_loop_is_busy_outside_its_waits() {
        let micros = Duration::from_micros;
        for (busy, idle, backlog, expected) in [
            (5, 5, 1, 50),
            (1, 99, 2, 1),
            (90, 10, 16, 90),
            (300, 0, 256, 100),
            (15_000, 5_000, 3, 75),
            (5, 10_000_000, 1, 0),
            (50_000, 0, 100, 100),
        ] {
            let laps = 200_000 / (busy + idle) + 3;
            let works = works(micros(busy), micros(idle), backlog as usize, laps as u32);
            assert!(!works.is_empty(), "{busy} and {idle}");
            for work in works {
                let busy = expected;
                assert_eq!(work, Work { busy, backlog });
            }
        }
    }

    /// The account of a thread that runs a little between two looks, and waits for a core else.
    fn read_starved() -> Option<Schedule> {
        thread_local! {
            static LOOKS: Cell<u32> = const { Cell::new(0) };
        }
        LOOKS.set(LOOKS.get() + 1);
        Some(Schedule {
            ran: WINDOW / 10 * LOOKS.get(),
            waited: WINDOW / 10 * 9 * LOOKS.get(),
        })
    }

    #[test]
    fn a_loop_that_has_no_core_is_busy_if_that_goes_on() {
        let wait = |run_queue: RunQueue, windows: usize| {
            let mut now = Instant::now();
            let mut workload = Workload::scheduled_by(run_queue, now);
            let mut last = Work::default();
            for _ in 0..windows {
                let woke = now;
                now += WINDOW;
                workload.end_wait(woke, Timing::Since(woke), ASKED, now);
                last = workload.take().expect("a window has ended");
            }
            last.busy
        };
        let starved = || RunQueue::new(read_starved);
        assert_eq!(wait(starved(), 1), 0, "nothing to compare with");
        assert!(wait(starved(), 3) < 50, "it may be over at once");
        assert!(wait(starved(), 30) >= 95);
    }
}
