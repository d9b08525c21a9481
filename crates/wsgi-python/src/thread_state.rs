//! The state that Python keeps of a thread of the server.
//!
//! Without it, Python would make a state for each call and delete it after. That doubles the time
//! of a small request, and the values of `threading.local` would end with each request: a Django
//! would connect to its database for each.

#![allow(unsafe_code)]

use std::{
    cell::Cell,
    io::{self, Write},
};

use pyo3::{Python, ffi};
use wsgi_application::Writer;

thread_local! {
    static KEPT: Cell<Option<Kept>> = const { Cell::new(None) };
}

/// A state of this thread that is not attached to the interpreter. Its drop deletes it.
struct Kept {
    state: ffi::PyGILState_STATE,
    thread: *mut ffi::PyThreadState,
}

impl Kept {
    fn new() -> Self {
        // SAFETY: the interpreter is initialized, since it has loaded this module. This thread is
        // not attached to it, and is detached again at once. If the interpreter ends meanwhile,
        // PyO3's bindings hold the thread for ever, as Python itself does from 3.14 on.
        unsafe {
            let state = ffi::PyGILState_Ensure();
            let thread = ffi::PyEval_SaveThread();
            Self { state, thread }
        }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        // SAFETY: the state was made on this thread, because it is in a variable of the thread. It
        // is detached, because the thread lends it to nobody while it is not in a call. An
        // interpreter that has ended has deleted it, and is not asked to.
        unsafe {
            if ffi::Py_IsInitialized() == 0 {
                return;
            }
            ffi::PyEval_RestoreThread(self.thread);
            ffi::PyGILState_Release(self.state);
        }
    }
}

/// Gives this thread a state for the rest of its life, unless it has one. The thread must not be
/// attached to the interpreter.
pub(crate) fn keep() {
    KEPT.with(|cell| {
        let kept = cell.take().unwrap_or_else(Kept::new);
        cell.set(Some(kept));
    });
}

/// Deletes the state of this thread, if it has one.
pub(crate) fn delete() {
    drop(KEPT.take());
}

/// Writes and flushes bytes while other threads have Python's lock.
pub(crate) fn write_detached(py: Python<'_>, writer: Writer<'_>, bytes: &[u8]) -> io::Result<()> {
    /// A writer for code that runs on this thread.
    struct SameThread<'a>(Writer<'a>);
    // SAFETY: `detach` asks for `Send` only to keep references of the interpreter out of the code
    // that runs without it. It runs the code on this thread, and a writer has no such references.
    unsafe impl Send for SameThread<'_> {}
    impl SameThread<'_> {
        fn write(mut self, bytes: &[u8]) -> io::Result<()> {
            self.0.write_all(bytes)?;
            self.0.flush()
        }
    }
    let writer = SameThread(writer);
    py.detach(|| writer.write(bytes))
}
