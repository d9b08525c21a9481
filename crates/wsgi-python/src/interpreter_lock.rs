//! Python's global lock (GIL), which a free-threaded interpreter does without.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use pyo3::{intern, prelude::*};

/// Whether the lock was there at the last [`look`].
static IS_THERE: AtomicBool = AtomicBool::new(true);

/// Looks whether the interpreter has the lock. A free-threaded one has it too if the user wants it,
/// or if it has imported an extension that needs it. If that comes later, nothing but the order in
/// which threads get the lock depends on it.
pub(crate) fn look(py: Python<'_>) -> PyResult<bool> {
    let sys = py.import(intern!(py, "sys"))?;
    let is_there = match sys.getattr_opt(intern!(py, "_is_gil_enabled"))? {
        Some(is_enabled) => is_enabled.call0()?.is_truthy()?,
        None => true, // before Python 3.13
    };
    IS_THERE.store(is_there, Relaxed);
    Ok(is_there)
}

/// Whether the lock was there at the last [`look`].
#[inline]
pub(crate) fn is_there() -> bool {
    IS_THERE.load(Relaxed)
}
