//! A thread's hold on its event loop.

use std::{
    mem,
    sync::{Arc, MutexGuard},
};

use crate::{
    instant::Instant,
    loops::{core::Core, event_loop::EventLoop, shared::Shared},
    workers::call_time::{CallTime, SAMPLE},
};

/// A thread's hold on an event loop. The thread has the loop's core while it runs the loop,
/// leaves it before code that is not the server's, and takes it back afterwards, unless another
/// thread has taken the loop over: then this one is detached.
pub(crate) struct Tenure<'s> {
    pub(crate) shared: &'s Arc<Shared>,
    /// The number of the loop it has, or had last.
    index: usize,
    /// The loop with this number.
    event_loop: &'s EventLoop,
    core: Option<MutexGuard<'s, Core>>,
    /// The number of a call that has ended, after which the loop is not taken back yet.
    last_call: Option<u64>,
    /// Whether it has lost the loop during a call, and counts as away.
    is_away: bool,
    /// Changes with each call in a slow loop; by its value, some are measured.
    sampled: u32,
    /// Whether the loop never goes to another thread, and its connection ends with its first
    /// request.
    pub(crate) alone: bool,
    /// When the loop woke, or when the last call ended that held it up.
    pub(crate) now: Instant,
}

/// A loop that was left, to be [rejoined](Tenure::rejoin). Empty if the thread had none.
#[must_use]
pub(crate) struct Left(Option<Call>);

/// A call for which the loop was left.
struct Call {
    number: u64,
    /// Its time, if the loop is known to be slow.
    time: Option<CallTime>,
}

impl<'s> Tenure<'s> {
    /// The hold of a thread that has no loop yet; its first will be number `index`.
    pub(crate) fn new(shared: &'s Arc<Shared>, index: usize) -> Self {
        Tenure {
            shared,
            index,
            event_loop: &shared.loops[index],
            core: None,
            last_call: None,
            is_away: false,
            sampled: 0,
            alone: false,
            now: Instant::now(),
        }
    }

    /// The number of the loop it has, or had last.
    #[inline]
    pub(crate) fn index(&self) -> usize {
        self.index
    }

    #[inline]
    pub(crate) fn event_loop(&self) -> &'s EventLoop {
        self.event_loop
    }

    /// Goes to another loop, whose core it does not have yet.
    pub(crate) fn go_to(&mut self, index: usize) {
        debug_assert!(self.core.is_none(), "it has given up the last one");
        (self.index, self.event_loop) = (index, &self.shared.loops[index]);
    }

    /// The loop's core, if this thread has it.
    #[inline]
    pub(crate) fn core(&mut self) -> Option<&mut Core> {
        debug_assert!(self.last_call.is_none(), "this is settled");
        self.core.as_deref_mut()
    }

    /// Whether this thread has its loop, as far as it knows before it [settles](Self::settle) that.
    #[inline]
    pub(crate) fn is_owner(&self) -> bool {
        self.core.is_some() || self.last_call.is_some()
    }

    /// Whether this thread runs the loop, and the server shuts down.
    pub(crate) fn draining_since(&self) -> Option<Instant> {
        debug_assert!(self.last_call.is_none(), "this is settled");
        self.core.as_ref().and_then(|core| core.draining_since)
    }

    /// Whether this thread runs the loop, and the server retires or shuts down.
    pub(crate) fn is_ending(&self) -> bool {
        debug_assert!(self.last_call.is_none(), "this is settled");
        let core = self.core.as_ref();
        core.is_some_and(|core| core.has_retired || core.draining_since.is_some())
    }

    /// Takes the loop when it starts.
    pub(crate) fn begin(&mut self) {
        self.core = Some(self.event_loop().begin());
    }

    /// Takes the loop over that this thread was summoned to. Returns false if it has got its
    /// own thread back.
    pub(crate) fn take_over(&mut self, call: u64) -> bool {
        let spares = &self.shared.spares;
        // The spare that was reserved was this thread.
        let lost = |core: &mut Core| spares.lose(mem::take(&mut core.reserved));
        self.core = self.event_loop().take_over(call, lost);
        self.core.is_some()
    }

    /// Gives the loop up for good.
    pub(crate) fn end(&mut self) -> Option<MutexGuard<'s, Core>> {
        self.core.take()
    }

    /// Reserves a spare thread that can take the loop over, so that an application may be
    /// called. Returns false if none is free.
    #[inline]
    pub(crate) fn reserve(&mut self) -> bool {
        debug_assert!(self.last_call.is_none(), "this is settled");
        match &self.core {
            Some(core) if !core.reserved => self.reserve_now(),
            _ => true,
        }
    }

    #[cold]
    fn reserve_now(&mut self) -> bool {
        let is_reserved = self.alone || self.shared.reserve_spare();
        if let Some(core) = &mut self.core {
            core.reserved = is_reserved;
        }
        is_reserved
    }

    /// Gives the reserved spare back if nothing here needs it and another loop does.
    pub(crate) fn release_spare(&mut self) {
        if let Some(core) = &mut self.core
            && core.reserved
            && !core.parking.has_ready()
            && self.shared.spares.is_short()
        {
            core.reserved = false;
            self.shared.give_spare();
        }
    }

    /// Leaves the loop to other threads, before code that is not the server's.
    #[inline(always)] // in the few places that call it
    pub(crate) fn leave(&mut self) -> Left {
        if self.alone {
            self.event_loop().mark(true);
            let (number, time) = (0, None); // no other thread takes part
            return Left(Some(Call { number, time }));
        }
        if let Some(last_call) = self.last_call.take() {
            return self.leave_again(last_call);
        }
        let Some(core) = self.core.take() else {
            return Left(None);
        };
        let event_loop = self.event_loop();
        let number = event_loop.leave(core);
        self.shared.doze.call_began();
        let time = event_loop.is_slow().then(|| self.begin_slow(number));
        Left(Some(Call { number, time }))
    }

    #[inline(never)] // as most loops are not slow
    fn begin_slow(&mut self, call: u64) -> CallTime {
        // Multiples of this number are spread evenly, also if only every second or fourth counts: a
        // request may consist of several calls, of which one waits.
        self.sampled = self.sampled.wrapping_add(0x9E37_79B9);
        let is_of_sample = self.sampled < u32::MAX / SAMPLE;
        let shares_lock = self.shared.config.options.calls_share_lock;
        let time = CallTime::begin(shares_lock, is_of_sample);
        self.shared.summon(self.index, call);
        time
    }

    /// Leaves the loop for a further call, without having taken it back after the last one.
    #[inline]
    fn leave_again(&mut self, last_call: u64) -> Left {
        let event_loop = self.event_loop();
        let next_call = event_loop.next_call(last_call);
        match next_call {
            Some(_) => event_loop.note_call(false),
            None => {
                event_loop.note_lost(last_call);
                self.is_away = true;
                self.now = Instant::now();
            }
        }
        Left(next_call.map(|number| Call { number, time: None }))
    }

    /// Takes the loop back that was left, but only when something is needed of it: the next request
    /// has often come already, and its call can follow at once. Until then, other threads may take
    /// the loop over as during the call.
    #[inline]
    pub(crate) fn rejoin_later(&mut self, left: Left) {
        match left {
            Left(Some(Call { number, time: None })) if !self.alone => self.last_call = Some(number),
            left => self.rejoin(left),
        }
    }

    /// Takes the loop back, if that was [put off](Self::rejoin_later).
    #[inline]
    pub(crate) fn settle(&mut self) {
        if let Some(number) = self.last_call.take() {
            match self.take_back(number) {
                true => self.event_loop.note_lost(number),
                false => self.event_loop.note_call(false),
            }
        }
    }

    /// Takes the loop back that was left. If another thread has it, this one is detached: it
    /// finishes its request and sends the connection back to the loop.
    #[inline]
    pub(crate) fn rejoin(&mut self, left: Left) {
        let Left(Some(call)) = left else {
            self.now = Instant::now();
            return;
        };
        if self.alone {
            self.now = Instant::now();
            return self.event_loop().mark(false);
        }
        let was_lost = self.take_back(call.number);
        let event_loop = self.event_loop;
        match call.time {
            Some(time) => {
                if was_lost {
                    event_loop.excuse(call.number); // by its time
                }
                time.end(event_loop);
            }
            None if was_lost => event_loop.note_lost(call.number),
            None => event_loop.note_call(false),
        }
    }

    /// Takes the loop back that was left for this call, unless another thread has it. Returns
    /// whether another thread has had it.
    #[inline]
    fn take_back(&mut self, call: u64) -> bool {
        // That one may have left it in its turn.
        let has_changed = self.event_loop.call() != Some(call);
        self.core = match has_changed && self.leaves_loop_to_call() {
            true => None,
            false => self.event_loop.rejoin(),
        };
        self.now = match &self.core {
            Some(core) => core.now,
            None => {
                self.is_away = true;
                Instant::now()
            }
        };
        has_changed || self.core.is_none()
    }

    /// Whether this thread leaves its lost loop to the thread that has it now and is in a call.
    /// Where calls share a lock, the next call of this thread would only wait for that call, and
    /// the two would take the loop from each other for as long as there are requests.
    #[cold]
    fn leaves_loop_to_call(&self) -> bool {
        self.shared.config.options.calls_share_lock && !self.event_loop.is_slow()
    }

    /// Notes that this thread, which has lost its loop, is in the application no longer. Nothing
    /// happens if that was noted before.
    pub(crate) fn come_back(&mut self) {
        if mem::take(&mut self.is_away) {
            self.shared.spare_comes_back();
        }
    }

    /// Runs code of the application on a thread that has lost its loop and has come back.
    pub(crate) fn go_away(&mut self, code: impl FnOnce()) {
        self.shared.spares.go_away();
        self.is_away = true;
        code();
        self.come_back();
    }
}

#[cfg(test)]
mod tests {
    use std::{thread, time::Duration};

    use super::*;
    use crate::{
        loops::{lock_wait::LockWait, shared::tests::shared_with},
        options::Options,
        processor_time,
    };

    /// Runs `work` with a loop which calls have made slow, where calls share a lock.
    fn in_slow_loop(work: impl FnOnce(&mut Tenure<'_>)) {
        let shared = Arc::new(shared_with(Options {
            calls_share_lock: true,
            ..Options::new()
        }));
        let mut tenure = Tenure::new(&shared, 0);
        tenure.begin();
        while !tenure.event_loop.is_slow() {
            tenure.event_loop.note_call(true);
        }
        work(&mut tenure);
    }

    /// Makes calls until the loop is not slow, but not more of them than this.
    fn makes_fast(tenure: &mut Tenure<'_>, most: usize, call: fn()) -> bool {
        for _ in 0..most {
            let left = tenure.leave();
            call();
            tenure.rejoin(left);
            if !tenure.event_loop.is_slow() {
                return true;
            }
        }
        false
    }

    fn wait_for_lock(time: Duration) {
        let wait = LockWait::begin();
        thread::sleep(time);
        drop(wait);
    }

    #[test]
    fn a_loop_is_no_longer_slow_after_calls_that_compute_where_they_share_a_lock() {
        in_slow_loop(|tenure| {
            let call = || {
                let end = processor_time::of_this_thread() + Duration::from_millis(2);
                while processor_time::of_this_thread() < end {}
            };
            assert!(makes_fast(tenure, 64, call));
        });
    }

    #[test]
    fn a_loop_is_no_longer_slow_after_calls_that_wait_for_the_lock() {
        in_slow_loop(|tenure| {
            let call = || wait_for_lock(Duration::from_millis(2));
            assert!(makes_fast(tenure, 1_000, call)); // some may be interrupted
        });
    }

    #[test]
    fn a_loop_stays_slow_while_calls_wait_for_something_else_than_the_lock() {
        in_slow_loop(|tenure| {
            let call = || {
                wait_for_lock(Duration::ZERO);
                thread::sleep(Duration::from_millis(1));
            };
            assert!(!makes_fast(tenure, 100, call));
        });
    }

    #[test]
    fn a_loop_that_another_thread_has_left_for_a_call_is_taken_back_only_while_it_is_slow() {
        for is_slow in [true, false] {
            in_slow_loop(|tenure| {
                let event_loop = tenure.event_loop;
                let left = tenure.leave();
                let call = event_loop.call().expect("the call");
                event_loop.note_summons(true);
                let core = event_loop.take_over(call, |_| {}).expect("the core");
                let other = event_loop.leave(core);
                while event_loop.is_slow() != is_slow {
                    event_loop.note_call(false);
                }
                tenure.rejoin(left);
                assert_eq!(tenure.core.is_some(), is_slow);
                assert_eq!(event_loop.call() == Some(other), !is_slow);
            });
        }
    }
}
