//! The way of the server's threads into the interpreter.

use std::{cell::Cell, error::Error, fmt};

use pyo3::{
    prelude::*,
    types::{IntoPyDict, PyCFunction},
};

use wsgi_server::LockWait;

use crate::{gate, interpreter_lock, thread_state};

thread_local! {
    static IS_INSIDE: Cell<bool> = const { Cell::new(false) };

    /// Whether this process is a fork, made by a request on this thread.
    static IS_FORK: Cell<bool> = const { Cell::new(false) };
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
    let wait = interpreter_lock::is_there().then(|| {
        let wait = LockWait::begin();
        (gate::pass(), wait)
    });
    let result = Python::try_attach(|py| {
        drop(wait); // the next thread may wait for the lock
        IS_INSIDE.set(true);
        let _inside = Inside;
        interpreter_lock::look_sometimes(py);
        let done = work(py);
        if IS_FORK.get() {
            end_fork(py, None);
        }
        done
    });
    result.ok_or(InterpreterEnded)
}

/// Gives forks a gate of their own, and has those that a request makes end when they leave the
/// application: the connection and the loop are those of the process that was forked.
pub(crate) fn watch_forks(py: Python<'_>) -> PyResult<()> {
    let note = PyCFunction::new_closure(py, None, None, |_, _| {
        gate::renew_in_fork();
        IS_FORK.set(IS_FORK.get() || IS_INSIDE.get());
    })?;
    let arguments = [("after_in_child", note)].into_py_dict(py)?;
    py.import("os")?
        .call_method("register_at_fork", (), Some(&arguments))?;
    Ok(())
}

/// Whether this process is a fork that the request of this thread has made.
pub(crate) fn is_fork() -> bool {
    IS_FORK.get()
}

/// Ends this process if it is a fork of a request that leaves the application with an exception.
pub(crate) fn end_if_fork(py: Python<'_>, exception: &PyErr) {
    if IS_FORK.get() {
        end_fork(py, Some(exception));
    }
}

#[cold]
fn end_fork(py: Python<'_>, exception: Option<&PyErr>) -> ! {
    let exception = exception.map(|exception| exception.value(py));
    let ended = py
        .import("wsgi_rs.leaving")
        .and_then(|leaving| leaving.call_method1("end_fork", (exception,)));
    drop(ended); // it does not return, unless the application has broken Python's own modules
    std::process::abort();
}
