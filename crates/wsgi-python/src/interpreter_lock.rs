//! Python's global lock (GIL), which a free-threaded interpreter does without.

use std::{
    cell::Cell,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::{Duration, Instant},
};

use pyo3::{intern, prelude::*};
use wsgi_environ::Errors;

use crate::mutex::Mutex;

/// The calls of a thread after which it looks again.
const CALLS_PER_LOOK: u32 = 64;

/// Each import of an extension turns the lock on for a moment. One that stays longer is there for
/// good.
const MOMENT: Duration = Duration::from_secs(1);

/// Whether the lock was there at the last look.
static IS_THERE: AtomicBool = AtomicBool::new(true);

/// Whether the lock may still come. Once it stays, it never goes.
static MAY_COME: AtomicBool = AtomicBool::new(false);

/// Since when each look has found the lock, where it was not there at the start.
static SINCE: Mutex<Option<Instant>> = Mutex::new(None);

thread_local! {
    static CALLS: Cell<u32> = const { Cell::new(0) };
}

/// Looks whether the interpreter has the lock. A free-threaded one has it too if the user wants it,
/// or if it has imported an extension that needs it.
pub(crate) fn look(py: Python<'_>) -> PyResult<bool> {
    let is_there = asked(py)?;
    IS_THERE.store(is_there, Relaxed);
    MAY_COME.store(!is_there, Relaxed);
    Ok(is_there)
}

/// Looks again at the beginning of some calls, if the lock was not there. One that comes closes
/// the gate before the interpreter. But the server goes on with its loops, and as if calls did not
/// share a lock, so the log tells what to do.
#[inline]
pub(crate) fn look_sometimes(py: Python<'_>) {
    if !MAY_COME.load(Relaxed) {
        return;
    }
    let calls = CALLS.get();
    CALLS.set((calls + 1) % CALLS_PER_LOOK);
    if calls == 0 {
        look_again(py);
    }
}

#[cold]
fn look_again(py: Python<'_>) {
    let Ok(is_there) = asked(py) else {
        return;
    };
    IS_THERE.store(is_there, Relaxed);
    let mut since = SINCE.lock();
    if !is_there {
        *since = None;
        return;
    }
    let stays = since.get_or_insert_with(Instant::now).elapsed() > MOMENT;
    drop(since);
    if stays && MAY_COME.swap(false, Relaxed) {
        let warning = "warning: an extension has turned Python's lock (GIL) on after the start; \
                       import it at the start, so that the server can adapt to the lock";
        py.detach(|| Errors::stderr().print(warning)); // the log may be slow
    }
}

fn asked(py: Python<'_>) -> PyResult<bool> {
    let sys = py.import(intern!(py, "sys"))?;
    match sys.getattr_opt(intern!(py, "_is_gil_enabled"))? {
        Some(is_enabled) => is_enabled.call0()?.is_truthy(),
        None => Ok(true), // before Python 3.13
    }
}

/// Whether the lock was there at the last look.
#[inline]
pub(crate) fn is_there() -> bool {
    IS_THERE.load(Relaxed)
}
