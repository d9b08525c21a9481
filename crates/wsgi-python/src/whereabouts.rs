//! The thread that runs code of a request, for the report of a call that does not return.

use std::{
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use pyo3::{intern, prelude::*, types::PyString};
use wsgi_environ::{End, Environ};

use crate::attachment::attached;

/// The thread of Python that runs code of a request, while one does. Only requests with a deadline
/// have it, because others are not reported.
#[derive(Clone)]
pub(crate) struct Whereabouts(Arc<AtomicU64>);

/// The number of no thread.
const NOWHERE: u64 = 0;

impl Whereabouts {
    /// Has a report of this request show the traceback of its thread, if it has a deadline.
    pub(crate) fn watch(environ: &mut Environ) -> Option<Self> {
        environ.deadline()?;
        let place = Self(Arc::new(AtomicU64::new(NOWHERE)));
        let watched = place.clone();
        environ.on_finished_or_overdue(Arc::new(move |environ, outcome| {
            if outcome.end() == End::TimedOut {
                watched.report(environ);
            }
        }));
        Some(place)
    }

    /// Notes this thread until the returned value is dropped.
    pub(crate) fn enter(&self, py: Python<'_>) -> Entered<'_> {
        self.0.store(identity(py).unwrap_or(NOWHERE), Relaxed);
        Entered(self)
    }

    fn report(&self, environ: &Environ) {
        let traceback = attached(|py| match self.0.load(Relaxed) {
            NOWHERE => PyResult::Ok(None),
            // Without Python's lock, the thread may go on to another request meanwhile.
            thread => Ok(traceback(py, thread)?.filter(|_| self.0.load(Relaxed) == thread)),
        });
        if let Ok(Ok(Some(traceback))) = traceback {
            let mut text = String::from("its thread is here (most recent call last):\n");
            let _ = write!(text, "{traceback}"); // memory does not fail
            wsgi_gateway::log_message(environ, format_args!("{text}"));
        }
    }
}

/// The end of a stay.
pub(crate) struct Entered<'a>(&'a Whereabouts);

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.0.0.store(NOWHERE, Relaxed);
    }
}

/// The number that Python gives this thread.
fn identity(py: Python<'_>) -> PyResult<u64> {
    let threading = py.import(intern!(py, "threading"))?;
    threading.call_method0(intern!(py, "get_ident"))?.extract()
}

/// The frames of a thread as Python prints them; `None` if it has none.
fn traceback(py: Python<'_>, thread: u64) -> PyResult<Option<String>> {
    let frames = py.import("sys")?.call_method0("_current_frames")?;
    let Some(frame) = frames
        .cast_into::<pyo3::types::PyDict>()?
        .get_item(thread)?
    else {
        return Ok(None);
    };
    let lines = py
        .import("traceback")?
        .call_method1("format_stack", (frame,))?;
    let text = PyString::new(py, "").call_method1("join", (lines,))?;
    Ok(Some(
        text.cast::<PyString>()?
            .to_string_lossy()
            .trim_end()
            .to_owned(),
    ))
}
