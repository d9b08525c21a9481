//! The way of the server's threads into the interpreter.

use std::{cell::Cell, error::Error, fmt};

use parking_lot::FairMutex;
use pyo3::Python;

use crate::{interpreter_lock, thread_state};

/// The gate before the interpreter's lock (GIL). One thread at a time waits for that lock to enter,
/// and the others stand in line here, in their order. Python's lock has no order: without the gate,
/// a thread that enters competes with all that do, and some starve. An interpreter without the lock
/// needs no gate.
static GATE: FairMutex<()> = FairMutex::new(());

thread_local! {
    static IS_INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// The interpreter has ended, or is about to.
#[derive(Debug)]
pub(crate) struct InterpreterEnded;

impl fmt::Display for InterpreterEnded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Python's interpreter has ended")
    }
}

impl Error for InterpreterEnded {}

/// Resets the mark of a thread that leaves, also if it panics.
struct Inside;

impl Drop for Inside {
    fn drop(&mut self) {
        IS_INSIDE.set(false);
    }
}

/// Runs code with the interpreter attached to this thread of the server.
///
/// Code that runs inside already goes on at once: it may hold Python's lock, so that it must not
/// wait for the gate.
pub(crate) fn attached<R>(work: impl FnOnce(Python<'_>) -> R) -> Result<R, InterpreterEnded> {
    if IS_INSIDE.get() {
        return Python::try_attach(work).ok_or(InterpreterEnded);
    }
    thread_state::keep();
    let gate = interpreter_lock::is_there().then(|| GATE.lock());
    let result = Python::try_attach(|py| {
        drop(gate); // the next thread may wait for the lock
        IS_INSIDE.set(true);
        let _inside = Inside;
        interpreter_lock::look_sometimes(py);
        work(py)
    });
    result.ok_or(InterpreterEnded)
}
