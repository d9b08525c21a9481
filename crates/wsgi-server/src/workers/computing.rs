//! Whether the thread of a call computes or waits.

use std::time::Duration;

use crate::{instant::Instant, loops::event_loop::EventLoop, workers::call_time::LONG};

/// The time for which a call that computes may hold up its loop, where calls share a lock.
const PATIENCE: Duration = Duration::from_millis(10);

/// The call of a loop that was seen last.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    call: Option<u64>,
    /// Whether it was seen to wait, where calls share a lock.
    waits: bool,
    /// When it was seen to compute first, and for how long its thread had computed by then.
    computes_since: Option<(Instant, Option<Duration>)>,
    /// For how long its thread had computed at the first look, unless it was seen to wait then.
    computed: Option<Duration>,
    /// When it was seen to wait for the lock first.
    waits_for_lock_since: Option<Instant>,
}

/// The fate of a call that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It has begun since the last look, or may go on.
    Patience,
    /// Another thread has to take the loop over.
    Summon { computes: bool },
}

impl Seen {
    /// Looks at the present call of a loop. `shares_lock` tells whether calls share a lock.
    pub(super) fn look(
        &mut self,
        event_loop: &EventLoop,
        call: Option<u64>,
        shares_lock: bool,
    ) -> Verdict {
        let thread = event_loop.owner().filter(|_| shares_lock);
        let waits_for_lock = shares_lock && event_loop.owner_waits_for_lock();
        if call.is_none() || self.call != call {
            // Calls that wait for less than the time between two looks are not seen twice. Of
            // many, nearly every look shows one.
            let has_waited = self.waits;
            let thread = thread.filter(|_| call.is_some());
            let waits = !waits_for_lock && thread.is_some_and(|thread| !runs(thread));
            *self = Self {
                call,
                waits,
                computed: thread.filter(|_| !waits).and_then(computed),
                ..Self::default()
            };
            return match has_waited && waits {
                true => Verdict::Summon { computes: false },
                false => Verdict::Patience,
            };
        }
        if waits_for_lock {
            let since = *self.waits_for_lock_since.get_or_insert_with(Instant::now);
            return match since.elapsed() < PATIENCE {
                true => Verdict::Patience,
                false => Verdict::Summon { computes: true },
            };
        }
        match thread.filter(|&thread| runs(thread)) {
            None => Verdict::Summon {
                computes: thread.is_some_and(|thread| self.has_computed_on(thread)),
            },
            Some(thread) if self.computes_on(thread) < PATIENCE => Verdict::Patience,
            Some(_) => Verdict::Summon { computes: true },
        }
    }

    /// Whether the call has computed for long since the first look, before it was seen to wait. It
    /// may wait for the lock, which it had to give up because it computes.
    fn has_computed_on(&self, thread: u32) -> bool {
        let before = self.computed;
        before.is_some_and(|before| {
            computed(thread).unwrap_or_default().saturating_sub(before) >= LONG
        })
    }

    /// The time for which the call has computed since it was seen to. The time for which no
    /// processor was free does not count, if the system tells it: no other thread would have had
    /// one.
    fn computes_on(&mut self, thread: u32) -> Duration {
        let (now, computed) = (Instant::now(), computed(thread));
        match *self.computes_since.get_or_insert((now, computed)) {
            (_, Some(before)) => computed.unwrap_or_default().saturating_sub(before),
            (since, None) => now.saturating_duration_since(since),
        }
    }
}

/// Whether a thread of this process runs, or would run if a processor were free.
fn runs(thread: u32) -> bool {
    // The state follows the name, which is in parentheses and may have some (proc(5)).
    let Some(stat) = of_system(thread, "stat") else {
        return false;
    };
    let name_end = stat.iter().rposition(|&byte| byte == b')');
    name_end.is_some_and(|end| stat.get(end + 2) == Some(&b'R'))
}

/// The time for which a thread of this process has run.
fn computed(thread: u32) -> Option<Duration> {
    let times = of_system(thread, "schedstat")?;
    let first = times.split(|&byte| byte == b' ').next()?;
    let nanoseconds = std::str::from_utf8(first).ok()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

/// A file that the system has about a thread.
#[cfg(target_os = "linux")]
fn of_system(thread: u32, file: &str) -> Option<Vec<u8>> {
    std::fs::read(format!("/proc/self/task/{thread}/{file}")).ok()
}

/// No thread is known by its number.
#[cfg(not(target_os = "linux"))]
fn of_system(_thread: u32, _file: &str) -> Option<Vec<u8>> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::{
        sync::{
            atomic::{AtomicBool, Ordering::Relaxed},
            mpsc,
        },
        thread,
    };

    use super::*;
    use crate::{
        loops::{lock_wait::LockWait, shared::tests::shared},
        peers::calling_thread,
        processor_time,
    };

    /// Runs `work` on a thread that owns a loop and is in a call, and `watch` beside it.
    fn beside(work: impl FnOnce() + Send, watch: impl FnOnce(&EventLoop, u64)) {
        let shared = shared(1);
        let event_loop = &shared.loops[0];
        let (begun, begins) = mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(move || {
                event_loop.note_owner();
                begun.send(event_loop.leave(event_loop.begin())).unwrap();
                work();
            });
            watch(event_loop, begins.recv().unwrap());
        });
    }

    fn compute_until(ended: &AtomicBool) {
        while !ended.load(Relaxed) {
            std::hint::spin_loop();
        }
    }

    #[test]
    fn a_call_that_computes_may_hold_up_its_loop_for_a_while() {
        let ended = AtomicBool::new(false);
        let work = || compute_until(&ended);
        beside(work, |event_loop, call| {
            let mut seen = Seen::default();
            let began = Instant::now();
            let verdict = seen.look(event_loop, Some(call), true);
            assert_eq!(verdict, Verdict::Patience, "the first look");
            let summon = loop {
                match seen.look(event_loop, Some(call), true) {
                    Verdict::Patience => thread::yield_now(),
                    summon => break summon,
                }
            };
            ended.store(true, Relaxed);
            assert_eq!(summon, Verdict::Summon { computes: true });
            assert!(began.elapsed() >= PATIENCE);
        });
    }

    #[test]
    fn a_call_that_waits_gives_its_loop_up_at_once() {
        let (end, ends) = mpsc::channel::<()>();
        let work = move || {
            let _ = ends.recv(); // which fails once the other end is dropped
        };
        beside(work, |event_loop, call| {
            let owner = event_loop.owner().unwrap();
            while runs(owner) {
                thread::yield_now();
            }
            // Each call is seen for the first time.
            let mut summoned = (call..).map(|call| {
                let mut seen = Seen::default();
                seen.look(event_loop, Some(call), true);
                seen.look(event_loop, Some(call), true)
            });
            let verdict = summoned.find(|verdict| *verdict != Verdict::Patience);
            assert_eq!(verdict, Some(Verdict::Summon { computes: false }));
            drop(end);
        });
    }

    #[test]
    fn calls_that_wait_one_after_the_other_give_their_loop_up() {
        let (end, ends) = mpsc::channel::<()>();
        let work = move || {
            let _ = ends.recv(); // which fails once the other end is dropped
        };
        beside(work, |event_loop, call| {
            let owner = event_loop.owner().unwrap();
            while runs(owner) {
                thread::yield_now();
            }
            let mut seen = Seen::default();
            let verdict = seen.look(event_loop, Some(call), true);
            assert_eq!(verdict, Verdict::Patience);
            assert_eq!(seen.look(event_loop, None, true), Verdict::Patience);
            let verdict = seen.look(event_loop, Some(call + 2), true);
            assert_eq!(
                verdict,
                Verdict::Patience,
                "there was none at the last look"
            );
            let verdict = seen.look(event_loop, Some(call + 4), true);
            assert_eq!(verdict, Verdict::Summon { computes: false });
            drop(end);
        });
    }

    #[test]
    fn calls_that_compute_one_after_the_other_keep_their_loop() {
        let ended = AtomicBool::new(false);
        let work = || compute_until(&ended);
        beside(work, |event_loop, call| {
            let mut seen = Seen::default();
            let verdicts = [call, call + 2, call + 4];
            let verdicts = verdicts.map(|call| seen.look(event_loop, Some(call), true));
            ended.store(true, Relaxed);
            assert_eq!(verdicts, [Verdict::Patience; 3]);
        });
    }

    #[test]
    fn calls_that_wait_for_the_lock_keep_their_loop_for_a_while() {
        let (begun, begins) = mpsc::channel();
        let (end, ends) = mpsc::channel::<()>();
        let work = move || {
            let _wait = LockWait::begin();
            begun.send(()).unwrap();
            let _ = ends.recv(); // which fails once the other end is dropped
        };
        beside(work, |event_loop, call| {
            begins.recv().unwrap();
            let owner = event_loop.owner().unwrap();
            while runs(owner) {
                thread::yield_now();
            }
            let mut seen = Seen::default();
            let verdicts = [call, call + 2, call + 4];
            let verdicts = verdicts.map(|call| seen.look(event_loop, Some(call), true));
            assert_eq!(verdicts, [Verdict::Patience; 3], "one after the other");
            let began = Instant::now();
            let summon = loop {
                match seen.look(event_loop, Some(call + 4), true) {
                    Verdict::Patience => thread::yield_now(),
                    summon => break summon,
                }
            };
            assert_eq!(summon, Verdict::Summon { computes: true });
            assert!(began.elapsed() >= PATIENCE);
            drop(end);
        });
    }

    #[test]
    fn a_call_that_waits_after_it_has_computed_for_long_counts_as_one_that_computes() {
        let looked = AtomicBool::new(false);
        let (end, ends) = mpsc::channel::<()>();
        let work = || {
            let ends = ends;
            compute_until(&looked);
            let end = processor_time::of_this_thread() + 2 * LONG;
            while processor_time::of_this_thread() < end {}
            let _ = ends.recv(); // which fails once the other end is dropped
        };
        beside(work, |event_loop, call| {
            let mut seen = Seen::default();
            seen.look(event_loop, Some(call), true);
            looked.store(true, Relaxed);
            let owner = event_loop.owner().unwrap();
            while runs(owner) {
                thread::yield_now();
            }
            let verdict = seen.look(event_loop, Some(call), true);
            assert_eq!(verdict, Verdict::Summon { computes: true });
            drop(end);
        });
    }

    #[test]
    fn a_call_that_shares_no_lock_gives_its_loop_up_at_once() {
        let ended = AtomicBool::new(false);
        let work = || compute_until(&ended);
        beside(work, |event_loop, call| {
            let mut seen = Seen::default();
            seen.look(event_loop, Some(call), false);
            let verdict = seen.look(event_loop, Some(call), false);
            ended.store(true, Relaxed);
            assert_eq!(verdict, Verdict::Summon { computes: false });
        });
    }

    #[test]
    fn a_thread_that_looks_runs_itself() {
        assert!(runs(calling_thread::number().unwrap()));
        assert!(!runs(u32::MAX), "no thread has this number");
    }
}
