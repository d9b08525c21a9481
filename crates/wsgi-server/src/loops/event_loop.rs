//! A loop, as the threads that do not own it see it.

use std::{
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, TryLockError, Weak,
        atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering::*},
    },
};

use mio::Waker;

use crate::{
    connections::{connection::Connection, key::Key},
    loops::{
        acceptor::Arrival,
        core::{Core, WAKER},
        pressure::{Offer, Shortage},
    },
};

/// One event loop. Who holds the lock of its core runs it: the thread that owns
/// the loop, but for the time that it is in an application. In that time
/// another thread may take the lock, and then has the loop for good.
pub(crate) struct Loop {
    core: Mutex<Core>,
    /// Odd while the owner is in an application; another number for each call.
    epoch: AtomicU64,
    /// Whether a spare thread was called for it.
    pub(crate) summoned: AtomicBool,
    /// How slow the application was lately, see [`Loop::is_slow`].
    slowness: AtomicU32,
    slow: AtomicBool,
    /// None once it has ended.
    returns: Mutex<Option<Vec<Return>>>,
    has_returns: AtomicBool,
    waker: Arc<Waker>,
    pub(crate) connections: AtomicUsize,
    /// Whose turn it is to give way to new clients, as it said last.
    pub(crate) offer: Offer,
}

/// What comes to a loop from other threads.
pub(crate) enum Return {
    /// A connection that a thread was away with.
    Connection(Box<Connection>),
    /// One that a thread was away with and closed.
    Closed(Key),
    /// One that another loop accepted.
    Accepted(Arrival),
    /// The loop of this number asks whose turn it is to give way.
    Tell(usize),
    /// And that a connection gives way for it, whose turn is this or before.
    GiveWay(usize, u64, Shortage),
    /// One that was asked for either has answered.
    Told,
}

impl Return {
    /// The connection, if it is one.
    pub(crate) fn connection(self) -> Option<Box<Connection>> {
        match self {
            Return::Connection(connection) => Some(connection),
            _ => None,
        }
    }
}

/// How much a call that stalled its loop weighs against one that did not: the
/// loop is slow from about one in nine, and no longer when it is well below.
const STALL: u32 = 8;
const SLOW_FROM: u32 = 24;
const SLOWEST: u32 = 64;

impl Loop {
    /// The loop of `core`.
    pub(crate) fn new(core: Core) -> io::Result<Self> {
        Ok(Loop {
            waker: Arc::new(Waker::new(core.registry(), WAKER)?),
            core: Mutex::new(core),
            epoch: AtomicU64::new(0),
            summoned: AtomicBool::new(false),
            slowness: AtomicU32::new(0),
            slow: AtomicBool::new(false),
            returns: Mutex::new(Some(Vec::new())),
            has_returns: AtomicBool::new(false),
            connections: AtomicUsize::new(0),
            offer: Offer::default(),
        })
    }

    /// Takes the core to run the loop, first of all threads.
    pub(crate) fn begin(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves the core for others while the application runs, and gives the
    /// call its number.
    #[inline]
    pub(crate) fn leave(&self, core: MutexGuard<'_, Core>) -> u64 {
        let call = self.epoch.load(Relaxed) + 1;
        // In one order with what the monitor says and looks at before it sleeps.
        self.epoch.store(call, SeqCst);
        drop(core);
        call
    }

    /// Takes the core back, if nobody else has.
    #[inline]
    pub(crate) fn rejoin(&self) -> Option<MutexGuard<'_, Core>> {
        let core = self.try_lock()?;
        self.epoch.store(self.epoch.load(Relaxed) + 1, Release);
        Some(core)
    }

    /// Takes the core over from a thread that is still in this call, and notes
    /// `lost` for it. Should it be in the next one by now, the loop changes hands
    /// all the same: whoever gets the lock keeps it, or the loop could be left
    /// without a thread.
    pub(crate) fn take_over(
        &self,
        call: u64,
        lost: impl FnOnce(&mut Core),
    ) -> Option<MutexGuard<'_, Core>> {
        if self.epoch.load(Acquire) != call {
            return None;
        }
        let mut core = self.try_lock()?;
        lost(&mut core);
        self.epoch.store(self.epoch.load(Relaxed) + 1, Release);
        Some(core)
    }

    /// Notes that the application runs, on the one thread that there is for the loop,
    /// or that it does no more.
    pub(crate) fn mark(&self, calling: bool) {
        let epoch = self.epoch.load(Relaxed);
        if (epoch % 2 == 1) != calling {
            self.epoch.store(epoch + 1, Release);
        }
    }

    /// The number of the call that is under way; `None` between calls.
    pub(crate) fn call(&self) -> Option<u64> {
        let epoch = self.epoch.load(SeqCst);
        (epoch % 2 == 1).then_some(epoch)
    }

    /// Whether applications on this loop keep stalling it, so that a spare
    /// thread had better be woken before the call.
    #[inline]
    pub(crate) fn is_slow(&self) -> bool {
        self.slow.load(Relaxed)
    }

    /// Notes how a call went: a rate of stalls, with some inertia.
    #[inline]
    pub(crate) fn note_call(&self, stalled: bool) {
        let before = self.slowness.load(Relaxed);
        if before == 0 && !stalled {
            return;
        }
        let after = if stalled {
            (before + STALL).min(SLOWEST)
        } else {
            before - 1
        };
        self.slowness.store(after, Relaxed);
        if after >= SLOW_FROM {
            self.slow.store(true, Relaxed);
        } else if after == 0 {
            self.slow.store(false, Relaxed);
        }
    }

    /// Hands something to the loop, or gives it back where the loop has ended.
    pub(crate) fn give(&self, item: Return) -> Result<(), Return> {
        match &mut *self.returns() {
            Some(returns) => returns.push(item),
            None => return Err(item),
        }
        if !self.has_returns.swap(true, AcqRel) {
            self.wake();
        }
        Ok(())
    }

    /// Whether others handed something over.
    #[inline]
    pub(crate) fn has_returns(&self) -> bool {
        self.has_returns.load(Acquire)
    }

    /// Takes what others handed over.
    pub(crate) fn take_returns(&self) -> Vec<Return> {
        self.has_returns.store(false, Release);
        self.returns()
            .as_mut()
            .map(std::mem::take)
            .unwrap_or_default()
    }

    /// Takes what came back too late. From here on threads keep what they have.
    pub(crate) fn close(&self) -> impl Iterator<Item = Box<Connection>> + use<> {
        let late = self.returns().take().unwrap_or_default();
        late.into_iter().filter_map(Return::connection)
    }

    /// What wakes the loop as long as it lives.
    pub(crate) fn waker(&self) -> Weak<Waker> {
        Arc::downgrade(&self.waker)
    }

    pub(crate) fn wake(&self) {
        // It can only fail where the loop is gone, or where it has been woken often enough.
        let _ = self.waker.wake();
    }

    #[inline]
    fn try_lock(&self) -> Option<MutexGuard<'_, Core>> {
        match self.core.try_lock() {
            Ok(core) => Some(core),
            Err(TryLockError::Poisoned(core)) => Some(core.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    fn returns(&self) -> MutexGuard<'_, Option<Vec<Return>>> {
        self.returns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a_loop() -> Loop {
        Loop::new(Core::new(&[]).unwrap()).unwrap()
    }

    #[test]
    fn a_loop_goes_to_another_thread_during_a_call_and_only_then() {
        let station = a_loop();
        let core = station.begin();
        assert!(station.rejoin().is_none() && station.call().is_none());
        let call = station.leave(core);
        assert_eq!(station.call(), Some(call));
        assert!(
            station.take_over(call + 2, |_| {}).is_none(),
            "another call"
        );
        let core = station.take_over(call, |_| {}).expect("the core");
        assert!(
            station.rejoin().is_none(),
            "the first thread has lost the loop"
        );
        assert_eq!(station.call(), None);
        let next = station.leave(core);
        assert_ne!(next, call);
        assert!(station.rejoin().is_some());
        assert!(
            station.take_over(next, |_| {}).is_none(),
            "the call is over"
        );
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
