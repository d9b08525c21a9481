//! A program that takes over from this process, as an object of Python.

use std::{
    io,
    os::fd::{AsFd, AsRawFd, RawFd},
    process::Command,
    time::Duration,
};

use pyo3::prelude::*;
use wsgi_server::{Listener, TicketKeys};

/// A program that was started with the sockets of this process. Its parent waits for its end.
#[pyclass(frozen, module = "wsgi_rs")]
pub(crate) struct Successor(wsgi_server::Successor);

/// The time that a byte may take that is there.
const PATIENCE: Duration = Duration::from_millis(10);

impl Successor {
    pub(crate) fn start(
        command: Command,
        listeners: &[Listener],
        keys: &TicketKeys,
    ) -> io::Result<Self> {
        wsgi_server::Successor::start_with_ticket_keys(command, listeners, keys).map(Self)
    }
}

#[pymethods]
impl Successor {
    #[getter]
    fn pid(&self) -> u32 {
        self.0.id()
    }

    /// A descriptor that can be read from when the program serves, and when it has ended.
    fn fileno(&self) -> RawFd {
        self.0.as_fd().as_raw_fd()
    }

    /// Whether the program has told that it serves, when the descriptor can be read from. `None` if
    /// it has ended.
    fn is_ready(&self, py: Python<'_>) -> Option<bool> {
        heard(py.detach(|| self.0.wait_until_ready(PATIENCE)))
    }

    /// Asks the program whether it is alive, unless it has ended. Ask it again after its answer.
    fn probe(&self, py: Python<'_>) {
        let _ = py.detach(|| self.0.probe());
    }

    /// Whether the program has answered that, when the descriptor can be read from. `None` if it
    /// has ended.
    fn is_alive(&self, py: Python<'_>) -> Option<bool> {
        heard(py.detach(|| self.0.wait_for_answer(PATIENCE)))
    }

    /// Tells the program to retire, unless it has ended.
    fn retire(&self, py: Python<'_>) {
        let _ = py.detach(|| self.0.retire());
    }
}

/// Whether the program has told what was waited for. A byte that means something else is no end.
fn heard(waited: io::Result<()>) -> Option<bool> {
    match waited {
        Ok(()) => Some(true),
        Err(error) if error.kind() == io::ErrorKind::TimedOut => Some(false),
        Err(_) => None,
    }
}
