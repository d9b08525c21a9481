//! The deadlines of all requests that applications are called for.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{
            AtomicU64, AtomicUsize,
            Ordering::{Relaxed, SeqCst},
        },
    },
    thread::{self, Thread},
    time::{Instant, SystemTime},
};

use crate::peers::peer::Peer;

/// The deadlines of all requests that applications are called for. The thread that watches over the
/// server takes those that have passed.
pub(crate) struct Deadlines {
    calls: Mutex<BTreeMap<Key, WatchedCall>>,
    /// The number of calls, so that nobody takes the lock where none has a deadline.
    count: AtomicUsize,
    next_number: AtomicU64,
    /// Wakes the thread that watches, if it sleeps.
    wake: Box<dyn Fn() + Send + Sync>,
}

/// The place of a deadline: its moment, and a number that tells it from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    at: Instant,
    number: u64,
}

/// A call of the application, as its thread noted it when the deadline was set.
#[derive(Debug)]
pub(crate) struct WatchedCall {
    pub(crate) peer: Arc<Peer>,
    pub(crate) thread: CallingThread,
    /// When the deadline was set first, and the same as a time of day.
    pub(crate) began: (Instant, SystemTime),
    /// The position of the response in everything that the connection sends.
    pub(crate) position: u64,
}

/// The thread of a call.
#[derive(Clone, Debug)]
pub(crate) struct CallingThread {
    thread: Thread,
    /// The number by which tools of the system know it.
    #[cfg(target_os = "linux")]
    id: rustix::thread::Pid,
}

impl CallingThread {
    pub(crate) fn current() -> Self {
        Self {
            thread: thread::current(),
            #[cfg(target_os = "linux")]
            id: rustix::thread::gettid(),
        }
    }
}

impl fmt::Display for CallingThread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.thread.name().unwrap_or("without a name"))?;
        #[cfg(target_os = "linux")]
        write!(f, " ({})", self.id.as_raw_nonzero())?;
        Ok(())
    }
}

impl Deadlines {
    pub(crate) fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            calls: Mutex::default(),
            count: AtomicUsize::new(0),
            next_number: AtomicU64::new(0),
            wake: Box::new(wake),
        }
    }

    /// Has a call watched.
    pub(super) fn add(&self, at: Instant, call: WatchedCall) -> Key {
        let number = self.next_number.fetch_add(1, Relaxed);
        let key = Key { at, number };
        let mut calls = self.calls();
        calls.insert(key, call);
        self.count.store(calls.len(), SeqCst);
        drop(calls);
        (self.wake)();
        key
    }

    /// Ends the watch over a call, which may have ended already.
    pub(super) fn remove(&self, key: Key) -> Option<WatchedCall> {
        let mut calls = self.calls();
        let removed = calls.remove(&key);
        self.count.store(calls.len(), SeqCst);
        removed
    }

    /// Whether no call is watched.
    pub(crate) fn is_empty(&self) -> bool {
        self.count.load(SeqCst) == 0
    }

    /// The next moment.
    pub(crate) fn next(&self) -> Option<Instant> {
        if self.is_empty() {
            return None;
        }
        self.calls().keys().next().map(|key| key.at)
    }

    /// Takes a call whose deadline has passed.
    pub(crate) fn take_due(&self, now: Instant) -> Option<(Key, WatchedCall)> {
        let mut calls = self.calls();
        let first = calls.first_entry().filter(|first| first.key().at <= now)?;
        let due = first.remove_entry();
        self.count.store(calls.len(), SeqCst);
        Some(due)
    }

    fn calls(&self) -> MutexGuard<'_, BTreeMap<Key, WatchedCall>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Deadlines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deadlines").finish_non_exhaustive()
    }
}
