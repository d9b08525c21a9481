//! The failure of an application, for the log.

use std::{error::Error as StdError, fmt};

use pyo3::{
    prelude::*,
    types::{PyString, PyTraceback},
};
use wsgi_application::Error;

use crate::{attachment::end_if_fork, exceptions};

/// An exception of an application. Its text is Python's traceback, with its causes.
#[derive(Debug)]
pub(crate) struct PythonError(String);

impl fmt::Display for PythonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for PythonError {}

/// The error that the server gets for an exception. If the client is at fault, the server answers
/// or ends the connection accordingly, and the log has no entry.
///
/// `SystemExit` and `KeyboardInterrupt` are exceptions like others here: they end their request,
/// and neither the thread nor the process.
#[cold]
pub(crate) fn failure(py: Python<'_>, exception: &PyErr) -> Error {
    end_if_fork(py, exception);
    exceptions::clients_fault(py, exception)
        .unwrap_or_else(|| PythonError(traceback(py, exception)).into())
}

/// The traceback of an exception as Python prints it. If that fails too, which code of the
/// application can bring about, the name of the exception alone.
pub(crate) fn traceback(py: Python<'_>, exception: &PyErr) -> String {
    let formatted = || -> PyResult<String> {
        let arguments = (
            exception.get_type(py),
            exception.value(py),
            exception.traceback(py),
        );
        let lines = py
            .import("traceback")?
            .call_method1("format_exception", arguments)?;
        let text = PyString::new(py, "").call_method1("join", (lines,))?;
        let text = text.cast::<PyString>()?.to_string_lossy();
        Ok(text.trim_end().to_owned())
    };
    formatted().unwrap_or_else(|_| {
        let name = exception.get_type(py).name();
        let name = name.map(|name| name.to_string_lossy().into_owned());
        let place = |traceback: Bound<'_, PyTraceback>| traceback.format().ok();
        let place = exception.traceback(py).and_then(place).unwrap_or_default();
        format!("{place}{}", name.unwrap_or_default())
    })
}
