//! Python's `start_response` and the `write` that it returns (PEP 3333, The `start_response()`
//! Callable).

use std::{
    io,
    sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
};

use pyo3::{
    exceptions::{PyRuntimeError, PyTypeError, PyValueError},
    intern,
    prelude::*,
    types::{PyString, PyTraceback, PyTuple},
};
use wsgi_application::{StartError, StartResponse, Status};
use wsgi_environ::Errors;
use wsgi_headers::Headers;

use crate::{
    attachment::is_fork,
    bytes::bytes_of,
    exceptions,
    header_fields::{header_fields, type_name},
    lent::{Lent, Unavailable},
    native_string, thread_state,
};

/// The `start_response` of one call of the application. It works until that call returns, on its
/// thread. After that, and elsewhere, it raises.
#[pyclass(frozen, name = "start_response", module = "wsgi_rs")]
pub(crate) struct PyStartResponse {
    lent: Lent,
    errors: Errors,
    /// Whether it was called on its thread, also if that raised.
    is_called: AtomicBool,
    /// The bytes that `write` may still send. [`UNLIMITED`] without a `Content-Length`.
    left: AtomicU64,
}

/// More bytes than anyone writes.
const UNLIMITED: u64 = u64::MAX;

impl PyStartResponse {
    /// A response to lend out on this thread.
    pub(crate) fn new(errors: Errors) -> Self {
        Self {
            lent: Lent::new(),
            errors,
            is_called: AtomicBool::new(false),
            left: AtomicU64::new(UNLIMITED),
        }
    }

    pub(crate) fn lent(&self) -> &Lent {
        &self.lent
    }

    fn start(
        &self,
        status: &Bound<'_, PyAny>,
        headers: &Bound<'_, PyAny>,
        exc_info: Option<&Bound<'_, PyTuple>>,
    ) -> PyResult<()> {
        // A call on another thread is refused, and is none of those that the application may make.
        if let Err(unavailable) = self.lent.check_thread() {
            return Err(refusal_or(exc_info, unavailable));
        }
        // Code of the application may run here, such as that of an own type of list. The response
        // is not in use meanwhile.
        let is_again = self.is_called.swap(true, Relaxed);
        let status = status_of(status)?;
        let headers = header_fields(headers, &self.errors)?;
        let length = declared_length(&headers);
        let used = self.lent.with(|response| match exc_info {
            // Also after a first call that raised (PEP 3333, The `start_response()` Callable).
            None if is_again => Err(StartError::AlreadyStarted.into()),
            None => response.start(status, headers).map(drop),
            Some(_) => {
                let error = wsgi_application::Error::from("the application gave `exc_info`");
                response.restart(error, status, headers).map(drop)
            }
        });
        match (used, exc_info) {
            (Ok(Ok(())), _) => {
                self.left.store(length, Relaxed);
                Ok(())
            }
            (Ok(Err(error)), exc_info) => {
                Err(match (error.downcast_ref::<StartError>(), exc_info) {
                    (None, Some(exc_info)) => raised(exc_info), // the head is out
                    (Some(StartError::AlreadyStarted), _) => already_started(),
                    _ => PyValueError::new_err(described(&error)),
                })
            }
            (Err(unavailable), exc_info) => Err(refusal_or(exc_info, unavailable)),
        }
    }
}

#[pymethods]
impl PyStartResponse {
    /// Starts the response, or replaces it because of an exception.
    #[pyo3(signature = (status, headers, exc_info=None))]
    fn __call__<'py>(
        slf: &Bound<'py, Self>,
        status: &Bound<'py, PyAny>,
        headers: &Bound<'py, PyAny>,
        exc_info: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let exc_info = exc_info
            .filter(|it| !it.is_none())
            .map(checked_exc_info)
            .transpose()?;
        slf.get().start(status, headers, exc_info)?;
        slf.getattr(intern!(slf.py(), "write"))
    }

    /// Sends bytes of the body (PEP 3333, The `write()` Callable). They are with the system when
    /// this returns.
    ///
    /// Raises for bytes beyond a declared `Content-Length`. Those before them are sent. Raises in a
    /// fork of the request, which would write into the response of its parent.
    fn write(&self, py: Python<'_>, data: &Bound<'_, PyAny>) -> PyResult<()> {
        if is_fork() {
            return Err(PyRuntimeError::new_err(
                "write was called in a fork; the response is that of the process that was forked",
            ));
        }
        let bytes = bytes_of(data)?.as_bytes();
        let left = self.left.load(Relaxed);
        let size = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
        let used = self
            .lent
            .with(|response| write(py, response, &bytes[..size]));
        match used {
            Ok(written) => written.map_err(|error| exceptions::of_writing(py, error))?,
            Err(unavailable) => return Err(refusal("write", unavailable)),
        }
        if left != UNLIMITED {
            self.left.store(left - size as u64, Relaxed);
        }
        if size < bytes.len() {
            return Err(too_long());
        }
        Ok(())
    }
}

/// Writes without Python's lock.
fn write(py: Python<'_>, response: &mut StartResponse<'_>, bytes: &[u8]) -> io::Result<()> {
    match response.writer() {
        Some(writer) => thread_state::write_detached(py, writer, bytes),
        None => Err(io::Error::other("the response is not started")),
    }
}

/// The declared length of the body. One that is no number is for the server to refuse.
fn declared_length(headers: &Headers) -> u64 {
    let value = headers.get("Content-Length");
    let length = value.and_then(|value| value.to_str().ok()?.parse().ok());
    length.unwrap_or(UNLIMITED)
}

/// # Errors
///
/// It is not a tuple of a type, an exception and a traceback.
fn checked_exc_info<'a, 'py>(exc_info: &'a Bound<'py, PyAny>) -> PyResult<&'a Bound<'py, PyTuple>> {
    let tuple = exc_info.cast::<PyTuple>().ok();
    let tuple = tuple.filter(|tuple| tuple.len() == 3);
    tuple.ok_or_else(|| PyTypeError::new_err("exc_info is the tuple of sys.exc_info()"))
}

/// The exception of an `exc_info`, to be raised again with its traceback. Nothing here keeps it, so
/// that no cycle of references remains.
fn raised(exc_info: &Bound<'_, PyTuple>) -> PyErr {
    let raise = || -> PyResult<PyErr> {
        let error = PyErr::from_value(exc_info.get_item(1)?);
        let traceback = exc_info.get_item(2)?;
        if let Ok(traceback) = traceback.cast_into::<PyTraceback>() {
            error.set_traceback(exc_info.py(), Some(traceback));
        }
        Ok(error)
    };
    raise().unwrap_or_else(|error| error)
}

/// The refusal of a call of `start_response`, or the exception of its `exc_info`.
#[cold]
fn refusal_or(exc_info: Option<&Bound<'_, PyTuple>>, unavailable: Unavailable) -> PyErr {
    match exc_info {
        Some(exc_info) => raised(exc_info),
        None => refusal("start_response", unavailable),
    }
}

#[cold]
fn already_started() -> PyErr {
    PyRuntimeError::new_err(
        "start_response was called before; a second call needs exc_info (PEP 3333)",
    )
}

#[cold]
fn too_long() -> PyErr {
    PyValueError::new_err("write() was given more bytes than Content-Length declares (PEP 3333)")
}

#[cold]
fn refusal(name: &str, unavailable: Unavailable) -> PyErr {
    let reason = match unavailable {
        Unavailable::Over => "after the application returned, and its body's first block came",
        Unavailable::OtherThread => "on another thread than the application",
    };
    PyRuntimeError::new_err(format!("{name} was called {reason}"))
}

fn described(error: &wsgi_application::Error) -> String {
    error.messages().collect::<Vec<_>>().join(": ")
}

/// # Errors
///
/// It is no string, or no status of PEP 3333, such as `404 Not Found`.
fn status_of(status: &Bound<'_, PyAny>) -> PyResult<Status> {
    let text = status.cast::<PyString>().map_err(|_| {
        let problem = format!("the status is a string, not {}", type_name(status));
        PyTypeError::new_err(problem)
    })?;
    let bytes = native_string::to_bytes("the status", text)?;
    Status::from_bytes(&bytes)
        .map_err(|error| PyValueError::new_err(format!("the status {text:?}: {error}")))
}
