//! The gate before the interpreter's lock (GIL). One thread at a time waits for that lock to enter,
//! and the others stand in line here, in their order. Python's lock has no order: without the gate,
//! a thread that enters competes with all that do, and some starve. An interpreter without the lock
//! needs no gate.

#![allow(unsafe_code)]

use std::{
    ptr,
    sync::atomic::{
        AtomicPtr,
        Ordering::{Acquire, Release},
    },
};

use parking_lot::{FairMutex, FairMutexGuard};

/// The gate of a process that is not a fork.
static FIRST: FairMutex<()> = FairMutex::new(());

/// The gate of a fork, if that of its parent was closed. Otherwise it is null.
static OF_FORK: AtomicPtr<FairMutex<()>> = AtomicPtr::new(ptr::null_mut());

/// Waits at the gate. It opens for the next thread when the returned value is dropped.
#[inline]
pub(crate) fn pass() -> FairMutexGuard<'static, ()> {
    gate().lock()
}

/// Gives a fork a gate of its own if a thread of the parent, which is not there, has closed this
/// one: nobody would ever open it.
pub(crate) fn renew_in_fork() {
    if gate().is_locked() {
        OF_FORK.store(Box::into_raw(Box::default()), Release);
    }
}

#[inline]
fn gate() -> &'static FairMutex<()> {
    // SAFETY: the pointer is null, or that of a gate that is never freed.
    unsafe { OF_FORK.load(Acquire).as_ref() }.unwrap_or(&FIRST)
}
