//! The exceptions that the package raises for a client's faults.

#![allow(missing_docs)] // the macro gives each its documentation

use std::io;

use pyo3::{create_exception, exceptions::PyOSError, prelude::*};
use wsgi_application::{Disconnected, Error};
use wsgi_environ::{DeadlinePassed, InputError as InputFault};

create_exception!(
    wsgi_rs,
    InputError,
    PyOSError,
    "The request's body cannot be read to its end. The attribute `status` is the status code of \
     the answer, which is given if the application does not catch this."
);
create_exception!(
    wsgi_rs,
    ClientDisconnected,
    PyOSError,
    "The client went away while the response was written."
);

/// The attribute with the status code of the answer.
const STATUS: &str = "status";

/// The number of causes of an exception that are looked at.
const MOST_CAUSES: usize = 32;

/// The exception for an error of reading the request's body.
pub(crate) fn of_reading(py: Python<'_>, error: &io::Error) -> PyErr {
    match InputFault::of(error) {
        Some(fault) => of_fault(py, *fault),
        None => PyOSError::new_err(error.to_string()),
    }
}

/// The exception for an error of writing the response.
pub(crate) fn of_writing(py: Python<'_>, error: io::Error) -> PyErr {
    let error = Error::from(error);
    if error.is_disconnected() {
        return ClientDisconnected::new_err(error.to_string());
    }
    if error.find::<DeadlinePassed>().is_some() {
        return of_fault(py, InputFault::DeadlinePassed);
    }
    match error.input_error() {
        Some(fault) => of_fault(py, *fault),
        None => PyOSError::new_err(error.to_string()),
    }
}

fn of_fault(py: Python<'_>, fault: InputFault) -> PyErr {
    if fault == InputFault::Disconnected {
        return ClientDisconnected::new_err(fault.to_string());
    }
    let exception = InputError::new_err(fault.to_string());
    let status = fault.status_code();
    let noted = exception.value(py).setattr(STATUS, status);
    noted.err().unwrap_or(exception)
}

/// The client's fault that made an application fail with this exception, if one did: the exception
/// itself, or one that it was explicitly raised from (`__cause__`).
///
/// An exception that is raised while another one is handled (`__context__`) is a fault of its own,
/// such as a bug in the handler.
pub(crate) fn clients_fault(py: Python<'_>, exception: &PyErr) -> Option<Error> {
    let mut current: Bound<'_, PyAny> = exception.value(py).clone().into_any();
    for _ in 0..MOST_CAUSES {
        if current.is_instance_of::<ClientDisconnected>() {
            return Some(io::Error::from(Disconnected).into());
        }
        if current.is_instance_of::<InputError>() {
            let status = current.getattr(STATUS).ok()?.extract().ok()?;
            return of_status(status).map(|fault| io::Error::from(fault).into());
        }
        current = current.getattr("__cause__").ok()?;
        if current.is_none() {
            break;
        }
    }
    None
}

/// The fault with this status code. Several share 400, and the server treats them alike.
fn of_status(status: u16) -> Option<InputFault> {
    match status {
        400 => Some(InputFault::Malformed),
        408 => Some(InputFault::TimedOut),
        413 => Some(InputFault::TooLarge),
        504 => Some(InputFault::DeadlinePassed),
        _ => None,
    }
}
