//! An event loop, as every thread may use it.

use std::{
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, TryLockError, Weak,
        atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering::*},
    },
};

use crate::{
    counting::recorder::Recorder,
    event_queue::Waker,
    loops::{
        core::{Core, WAKER},
        lock_wait::{self, Waits},
        mailbox::{Mail, Mailbox},
        message::Message,
        pressure::Offer,
        relief::Relief,
    },
    peers::calling_thread,
};

/// One event loop. The thread that holds the lock of its core runs it. The lock is released
/// while that thread is in an application; another thread may take it then, and keeps the loop.
///
/// A relaxed atomic here is either used by one thread alone, or a hint. If a hint is seen late, a
/// spare comes a look later, or a connection moves at the next comparison. Only `epoch` is written
/// by other threads as well. `leave` and `mark` may load it relaxed, as their thread has the core:
/// the lock orders them after the thread that took the core over.
pub(crate) struct EventLoop {
    core: Mutex<Core>,
    /// Odd while the core is left to other threads: then it is the number of the call, also after
    /// that has ended, until the thread goes on to another call or takes the core back.
    epoch: AtomicU64,
    /// Whether a spare thread was summoned for it.
    pub(crate) summoned: AtomicBool,
    /// The slowness of the last calls, see [`is_slow`](Self::is_slow).
    slowness: AtomicU32,
    slow: AtomicBool,
    /// The number of the thread that runs it. Zero if the system does not say it.
    owner: AtomicU32,
    /// Whether that thread waits for the lock that calls share.
    owner_waits: Mutex<Waits>,
    /// Whether the thread that was summoned last is to stand in for one that computes.
    computed: AtomicBool,
    /// The calls that have lost the loop because they compute, until their threads have noted it.
    /// The oldest comes first.
    excused: Mutex<Vec<u64>>,
    /// Whether its thread waits for events.
    waits: AtomicBool,
    /// The number of connections that were ready at the beginning of its last lap.
    ready: AtomicU32,
    /// Where some of its connections may go, while it is saturated.
    pub(crate) relief: Relief,
    pub(crate) mailbox: Arc<Mailbox>,
    pub(crate) connections: AtomicUsize,
    /// The turn to give way to new clients that the loop told last.
    pub(crate) offer: Offer,
    pub(crate) recorder: Recorder,
}

/// The most calls that are excused at once: many more than there are threads. A call whose thread
/// took its loop back without seeing that it was lost never asks for its excuse.
const MOST_EXCUSED: usize = 1024;

/// The weight of a call that stalled its loop against one that did not. A loop is slow from about
/// one stall in nine calls, and until the rate is well below that.
const STALL: u32 = 8;
const SLOW_FROM: u32 = 24;
const SLOWEST: u32 = 64;

impl EventLoop {
    /// The event loop of `core`.
    pub(crate) fn new(core: Core) -> io::Result<Self> {
        let waker = Arc::new(Waker::new(core.event_queue(), WAKER)?);
        Ok(EventLoop {
            recorder: core.recorder.clone(),
            core: Mutex::new(core),
            epoch: AtomicU64::new(0),
            summoned: AtomicBool::new(false),
            slowness: AtomicU32::new(0),
            slow: AtomicBool::new(false),
            owner: AtomicU32::new(0),
            owner_waits: Mutex::default(),
            computed: AtomicBool::new(false),
            excused: Mutex::default(),
            waits: AtomicBool::new(false),
            ready: AtomicU32::new(0),
            relief: Relief::default(),
            mailbox: Arc::new(Mailbox::new(waker)),
            connections: AtomicUsize::new(0),
            offer: Offer::default(),
        })
    }

    /// Takes the core to run the loop for the first time.
    pub(crate) fn begin(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves the core to other threads while the application runs. Returns the number of the
    /// call.
    #[inline]
    pub(crate) fn leave(&self, core: MutexGuard<'_, Core>) -> u64 {
        let call = self.epoch.load(Relaxed) + 1;
        // Sequentially consistent with the monitor's flag and its look before it sleeps.
        self.epoch.store(call, SeqCst);
        drop(core);
        call
    }

    /// Goes on to another call after one that has ended, without the core in between. Returns the
    /// number of that call, or `None` if another thread has taken the core over in the first.
    #[inline]
    pub(crate) fn next_call(&self, call: u64) -> Option<u64> {
        let next = call + 2;
        let changed = self.epoch.compare_exchange(call, next, SeqCst, Relaxed);
        changed.is_ok().then_some(next)
    }

    /// Takes the core back, unless another thread has it or has ended the loop.
    #[inline]
    pub(crate) fn rejoin(&self) -> Option<MutexGuard<'_, Core>> {
        let core = self.try_lock().filter(|core| !core.ended)?;
        // Another thread may go on to its next call meanwhile.
        self.epoch.fetch_add(1, Release);
        Some(core)
    }

    /// Takes the core over from a thread that left it for this call, and runs `lost` under the
    /// lock. If that thread is in its next call by now, the loop changes hands all the same:
    /// the thread that gets the lock keeps it, or the loop could be left without a thread.
    pub(crate) fn take_over(
        &self,
        call: u64,
        lost: impl FnOnce(&mut Core),
    ) -> Option<MutexGuard<'_, Core>> {
        if self.epoch.load(Acquire) != call {
            return None;
        }
        // Before the core: a thread that finds it gone finds the excuse.
        let mut excused = self.excused();
        let mut core = self.try_lock().filter(|core| !core.ended)?;
        lost(&mut core);
        // The thread in the call may go on to its next one meanwhile.
        let lost_call = self.epoch.fetch_add(1, Release);
        if self.computed.swap(false, Relaxed) {
            if excused.len() == MOST_EXCUSED {
                excused.remove(0);
            }
            excused.push(lost_call);
        }
        Some(core)
    }

    /// Notes that the application runs or has returned, on the only thread of the loop, which
    /// keeps the core.
    pub(crate) fn mark(&self, calling: bool) {
        let epoch = self.epoch.load(Relaxed);
        if (epoch % 2 == 1) != calling {
            self.epoch.store(epoch + 1, Release);
        }
    }

    /// The number of the call for which the core is left to other threads; `None` while a thread
    /// has it. The call may have ended just now.
    pub(crate) fn call(&self) -> Option<u64> {
        let epoch = self.epoch.load(SeqCst);
        (epoch % 2 == 1).then_some(epoch)
    }

    /// Notes whether its thread waits for events.
    #[inline]
    pub(crate) fn note_wait(&self, waits: bool) {
        self.waits.store(waits, Relaxed);
    }

    /// Whether its thread waits for events.
    pub(crate) fn is_waiting(&self) -> bool {
        self.waits.load(Relaxed)
    }

    /// Notes the number of connections that are ready at the beginning of a lap.
    #[inline]
    pub(crate) fn note_ready(&self, connections: usize) {
        self.ready.store(connections as u32, Relaxed);
    }

    /// The number of connections that were ready at the beginning of the last lap.
    pub(crate) fn ready(&self) -> u32 {
        self.ready.load(Relaxed)
    }

    /// Notes that this thread runs the loop.
    pub(crate) fn note_owner(&self) {
        self.owner
            .store(calling_thread::number().unwrap_or(0), Relaxed);
        *self.owner_waits() = lock_wait::of_this_thread();
    }

    /// Whether the thread that runs the loop waits for the lock that calls share.
    pub(crate) fn owner_waits_for_lock(&self) -> bool {
        self.owner_waits().load(Relaxed)
    }

    fn owner_waits(&self) -> MutexGuard<'_, Waits> {
        let waits = self.owner_waits.lock();
        waits.unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of the thread that runs the loop, if it is known.
    pub(crate) fn owner(&self) -> Option<u32> {
        let owner = self.owner.load(Relaxed);
        (owner != 0).then_some(owner)
    }

    /// Notes whether a spare is summoned because the present call computes. Such a call does not
    /// make the loop slow: a spare that was woken before it could only wait for the same lock.
    pub(crate) fn note_summons(&self, computes: bool) {
        self.computed.store(computes, Relaxed);
    }

    /// Whether applications keep stalling this loop, so that a spare thread is better woken
    /// before the call.
    #[inline]
    pub(crate) fn is_slow(&self) -> bool {
        self.slow.load(Relaxed)
    }

    /// Adds a call that has lost the loop to the rate of stalls, unless it is excused.
    #[cold]
    pub(crate) fn note_lost(&self, call: u64) {
        let is_excused = self.excuse(call);
        self.note_call(!is_excused);
    }

    /// Forgets the excuse of a call that has lost the loop. Returns whether it has one.
    pub(crate) fn excuse(&self, call: u64) -> bool {
        let mut excused = self.excused();
        let at = excused.iter().position(|&other| other == call);
        at.map(|at| excused.remove(at)).is_some()
    }

    fn excused(&self) -> MutexGuard<'_, Vec<u64>> {
        self.excused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a call to the rate of stalls, which has some inertia.
    #[inline]
    pub(crate) fn note_call(&self, stalled: bool) {
        let before = self.slowness.load(Relaxed);
        if before != 0 || stalled {
            self.note_slowness(before, stalled);
        }
    }

    #[cold]
    fn note_slowness(&self, before: u32, stalled: bool) {
        let after = if stalled {
            (before + STALL).min(SLOWEST)
        } else {
            before.saturating_sub(1)
        };
        self.slowness.store(after, Relaxed);
        if after >= SLOW_FROM {
            self.slow.store(true, Relaxed);
        } else if after == 0 {
            self.slow.store(false, Relaxed);
        }
    }

    /// Sends a message to the loop, or returns it if the loop has ended.
    pub(crate) fn send(&self, message: Message) -> Result<(), Message> {
        self.mailbox.send(message)
    }

    /// Whether something has come from other threads.
    #[inline]
    pub(crate) fn has_mail(&self) -> bool {
        self.mailbox.has_mail()
    }

    /// Takes what has come from other threads.
    pub(crate) fn take_mail(&self) -> Mail {
        self.mailbox.take()
    }

    /// Takes no further message. Returns those that came too late.
    pub(crate) fn close(&self) -> Vec<Message> {
        self.mailbox.close().messages
    }

    /// The waker of the loop, as long as the loop lives.
    pub(crate) fn waker(&self) -> Weak<Waker> {
        self.mailbox.waker()
    }

    pub(crate) fn wake(&self) {
        self.mailbox.wake();
    }

    /// Takes the core if no thread has it.
    #[inline]
    pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, Core>> {
        match self.core.try_lock() {
            Ok(core) => Some(core),
            Err(TryLockError::Poisoned(core)) => Some(core.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a_loop() -> EventLoop {
        EventLoop::new(Core::new(&[], Recorder::default()).unwrap()).unwrap()
    }

    #[test]
    fn a_loop_goes_to_another_thread_during_a_call_and_only_then() {
        let event_loop = a_loop();
        let core = event_loop.begin();
        assert!(event_loop.rejoin().is_none() && event_loop.call().is_none());
        let call = event_loop.leave(core);
        assert_eq!(event_loop.call(), Some(call));
        assert!(
            event_loop.take_over(call + 2, |_| {}).is_none(),
            "another call"
        );
        let core = event_loop.take_over(call, |_| {}).expect("the core");
        assert!(
            event_loop.rejoin().is_none(),
            "the first thread has lost the loop"
        );
        assert_eq!(event_loop.call(), None);
        let next = event_loop.leave(core);
        assert_ne!(next, call);
        assert!(event_loop.rejoin().is_some());
        assert!(
            event_loop.take_over(next, |_| {}).is_none(),
            "the call is over"
        );
    }

    #[test]
    fn a_thread_goes_from_call_to_call_until_it_has_lost_its_loop() {
        let event_loop = a_loop();
        let first = event_loop.leave(event_loop.begin());
        let second = event_loop.next_call(first).expect("the loop is its own");
        assert_eq!(event_loop.call(), Some(second));
        assert!(event_loop.take_over(first, |_| {}).is_none(), "it is over");
        let core = event_loop.take_over(second, |_| {}).expect("the core");
        assert_eq!(event_loop.next_call(second), None);
        let other = event_loop.leave(core);
        assert_ne!(other, second);
        assert_eq!(event_loop.next_call(second), None, "that is another's call");
        assert_eq!(event_loop.call(), Some(other));
    }

    #[test]
    fn a_loop_that_is_taken_over_between_two_calls_is_lost_in_the_second() {
        let event_loop = a_loop();
        let first = event_loop.leave(event_loop.begin());
        let mut second = None;
        let core = event_loop.take_over(first, |_| second = event_loop.next_call(first));
        let second = second.expect("a call");
        assert_eq!(event_loop.call(), None);
        assert_eq!(event_loop.next_call(second), None);
        assert!(event_loop.rejoin().is_none());
        drop(core);
    }

    #[test]
    fn every_call_that_loses_its_loop_because_it_computes_is_excused() {
        let event_loop = a_loop();
        let mut core = event_loop.begin();
        let mut calls = [0; 4];
        for lost in &mut calls {
            *lost = event_loop.leave(core);
            event_loop.note_summons(true);
            core = event_loop.take_over(*lost, |_| {}).expect("the core");
        }
        // Their threads come back later, in another order.
        for call in calls.into_iter().rev() {
            event_loop.note_lost(call);
            assert!(!event_loop.is_slow());
        }
        for call in calls {
            event_loop.note_lost(call); // none has a second excuse
        }
        assert!(event_loop.is_slow());
    }

    #[test]
    fn a_loop_becomes_slow_by_a_rate_of_stalls_and_not_by_their_number() {
        let rare = a_loop();
        for call in 0..10_000 {
            rare.note_call(call % 100 == 0);
            assert!(!rare.is_slow(), "one stall in a hundred, call {call}");
        }
        let frequent = a_loop();
        for call in 0..100 {
            frequent.note_call(call % 3 == 0);
        }
        assert!(frequent.is_slow(), "one stall in three");
        for _ in 0..SLOWEST {
            frequent.note_call(false);
        }
        assert!(!frequent.is_slow(), "no stall for a while");
    }
}
