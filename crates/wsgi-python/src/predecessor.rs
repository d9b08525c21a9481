//! The process that has started this program in its own place, as an object of Python.

use std::os::fd::{AsFd, AsRawFd, RawFd};

use pyo3::{exceptions::PyOSError, prelude::*};
use wsgi_server::{PredecessorRequest, TicketKeys};

use crate::sockets::Sockets;

/// The process that this one takes over from.
#[pyclass(frozen, module = "wsgi_rs")]
pub(crate) struct Predecessor(wsgi_server::Predecessor);

#[pymethods]
impl Predecessor {
    /// The predecessor of this process, if it has one. Call it once.
    #[staticmethod]
    fn from_environment() -> PyResult<Option<Self>> {
        Ok(wsgi_server::Predecessor::from_env()?.map(Self))
    }

    /// The sockets of the predecessor. Call it once.
    fn sockets(&self, py: Python<'_>) -> PyResult<Sockets> {
        let listeners = py.detach(|| self.0.receive_listeners())?;
        let keys = self.0.ticket_keys().map_or_else(TicketKeys::random, Ok);
        Sockets::of(
            listeners,
            keys.map_err(|error| PyOSError::new_err(error.to_string()))?,
        )
    }

    /// A descriptor that can be read from when the predecessor asks this process to retire, and
    /// when it has ended.
    fn fileno(&self) -> RawFd {
        self.0.as_fd().as_raw_fd()
    }

    /// Tells the predecessor that this process serves, unless it has ended.
    fn tell_ready(&self, py: Python<'_>) {
        let _ = py.detach(|| self.0.tell_ready());
    }

    /// Whether the predecessor asks this process to retire, when the descriptor can be read from.
    /// Otherwise it has asked whether this process is alive, which this has answered. `None` if the
    /// predecessor has ended.
    fn heard(&self, py: Python<'_>) -> Option<bool> {
        let request = py.detach(|| self.0.wait_for_request()).ok()?;
        Some(request == PredecessorRequest::Retire)
    }
}
