//! The gate before the interpreter's lock (GIL). One thread at a time waits for that lock to enter,
//! and the others stand in line here, in their order. Python's lock has no order: without the gate,
//! a thread that enters competes with all that do, and some starve. An interpreter without the lock
//! needs no gate.
//!
//! A program may fork at any moment, and serve in the fork. There, threads that wait are gone, and
//! their memory is used again. So nothing that a fork goes on with may know of them: the line is
//! the gate's own, and is left behind with it. The locks of parking_lot share a table of the
//! threads that wait.

#![allow(unsafe_code)]

use std::{
    collections::VecDeque,
    ptr,
    sync::{
        Arc,
        atomic::{
            AtomicBool, AtomicPtr, AtomicU8,
            Ordering::{Acquire, Relaxed, Release},
        },
    },
    thread::{self, Thread},
};

use crate::mutex::Mutex;

/// The gate of a process that is not a fork.
static FIRST: Gate = Gate::new();

/// The gate of a fork, if that of its parent was in use. Otherwise it is null.
static OF_FORK: AtomicPtr<Gate> = AtomicPtr::new(ptr::null_mut());

/// The states of a gate. It is closed if threads stand in line.
const OPEN: u8 = 0;
const CLOSED: u8 = 1;
const CLOSED_BEFORE_LINE: u8 = 2;

thread_local! {
    static OWN_PLACE: Arc<Place> = Arc::new(Place::new());
}

/// Waits at the gate. It opens for the next thread when the returned value is dropped.
#[inline]
pub(crate) fn pass() -> Passed {
    let gate = gate();
    if gate.change(OPEN, CLOSED).is_err() {
        gate.stand_in_line();
    }
    Passed(gate)
}

/// Gives a fork a gate of its own if threads of the parent, which are not there, were at this one:
/// nobody would ever open it.
pub(crate) fn renew_in_fork() {
    if gate().is_in_use() {
        OF_FORK.store(Box::into_raw(Box::new(Gate::new())), Release);
    }
}

#[inline]
fn gate() -> &'static Gate {
    // SAFETY: the pointer is null, or that of a gate that is never freed.
    unsafe { OF_FORK.load(Acquire).as_ref() }.unwrap_or(&FIRST)
}

struct Gate {
    state: AtomicU8,
    /// Its lock is held for moments only, in which the state changes from or to
    /// [`CLOSED_BEFORE_LINE`].
    line: Mutex<VecDeque<Arc<Place>>>,
}

/// A place in the line, which each thread uses again.
struct Place {
    thread: Thread,
    may_pass: AtomicBool,
}

impl Place {
    fn new() -> Self {
        Self {
            thread: thread::current(),
            may_pass: AtomicBool::new(false),
        }
    }
}

impl Gate {
    const fn new() -> Self {
        Self {
            state: AtomicU8::new(OPEN),
            line: Mutex::new(VecDeque::new()),
        }
    }

    #[inline]
    fn change(&self, from: u8, to: u8) -> Result<u8, u8> {
        self.state.compare_exchange(from, to, Acquire, Relaxed)
    }

    #[cold]
    fn stand_in_line(&self) {
        // The variables of a thread that ends may be gone.
        let place = OWN_PLACE.try_with(Arc::clone);
        let place = place.unwrap_or_else(|_| Arc::new(Place::new()));
        let mut line = self.line.lock();
        if self.state.swap(CLOSED_BEFORE_LINE, Acquire) == OPEN {
            // Nobody is there to open it for this thread. Nor is anybody in line.
            self.state.store(CLOSED, Relaxed);
            return;
        }
        line.push_back(place.clone());
        drop(line);
        while !place.may_pass.swap(false, Acquire) {
            thread::park();
        }
    }

    #[inline]
    fn open(&self) {
        if self
            .state
            .compare_exchange(CLOSED, OPEN, Release, Relaxed)
            .is_err()
        {
            self.let_next_pass();
        }
    }

    /// Leaves the gate closed behind the first one in line.
    #[cold]
    fn let_next_pass(&self) {
        let mut line = self.line.lock();
        let next = line.pop_front();
        let next = next.expect("a gate that is closed before a line has one");
        if line.is_empty() {
            self.state.store(CLOSED, Relaxed);
        }
        drop(line);
        next.may_pass.store(true, Release);
        next.thread.unpark();
    }

    /// Whether it is closed, or about to be.
    fn is_in_use(&self) -> bool {
        self.state.load(Relaxed) != OPEN || self.line.try_lock().is_none()
    }
}

/// A thread that has passed the gate.
pub(crate) struct Passed(&'static Gate);

impl Drop for Passed {
    #[inline]
    fn drop(&mut self) {
        self.0.open();
    }
}
