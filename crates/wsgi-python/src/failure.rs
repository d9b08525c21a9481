//! The failure of an application, for the log.

use std::{error::Error as StdError, fmt, io};

use pyo3::{
    prelude::*,
    types::{PyString, PyTraceback},
};
use wsgi_application::{Disconnected, Environ, Error};

use crate::exceptions;

/// An exception of an application. Its text is Python's traceback, with its causes.
#[derive(Debug)]
pub(crate) struct PythonError {
    text: String,
    is_after_client: bool,
}

impl fmt::Display for PythonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
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
    exceptions::clients_fault(py, exception).unwrap_or_else(|| {
        let own = PythonError {
            text: traceback(py, exception),
            is_after_client: exceptions::is_after_client(py, exception),
        };
        own.into()
    })
}

/// Logs the failure of a call after its client has gone, and returns what the server then gets. It
/// would take any failure for a consequence, and log none, also a bug in the application's handler.
#[cold]
pub(crate) fn log_after_client(environ: &Environ, error: Error) -> Error {
    match error.find::<PythonError>() {
        Some(own) if own.is_after_client => {
            wsgi_gateway::log_message(environ, format_args!("{own}"));
            io::Error::from(Disconnected).into()
        }
        _ => error,
    }
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
