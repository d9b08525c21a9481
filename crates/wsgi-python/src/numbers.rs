//! The numbers of several processes, as an object of Python.

use std::{os::unix::net::UnixListener, path::PathBuf, sync::Arc};

use pyo3::{exceptions::PyRuntimeError, prelude::*};
use wsgi_metrics::{Collector, Source};
use wsgi_server::MonitoringServer;

use crate::{
    monitoring::{self, is_for_metrics},
    mutex::Mutex,
    sockets::Sockets,
};

/// A socket at which processes tell their numbers, and in a process of its own the page of them.
#[pyclass(frozen, module = "wsgi_rs")]
pub(crate) struct Numbers {
    listener: UnixListener,
    serving: Mutex<Option<MonitoringServer>>,
}

#[pymethods]
impl Numbers {
    /// Binds the socket.
    #[new]
    fn new(path: PathBuf) -> PyResult<Self> {
        Ok(Self {
            listener: UnixListener::bind(path)?,
            serving: Mutex::new(None),
        })
    }

    /// Collects the numbers and serves the page, on threads of this process. Takes all sockets out,
    /// of which one is for the page.
    fn start(&self, sockets: &Bound<'_, Sockets>) -> PyResult<()> {
        let mut listeners = sockets.get().take()?.into_iter();
        let listener = listeners.find(is_for_metrics);
        let listener = listener.ok_or_else(|| PyRuntimeError::new_err("no socket of the page"))?;
        let collector = Collector::start(self.listener.try_clone()?)?;
        let sources: [Arc<dyn Source>; 1] = [Arc::new(collector)];
        let pages = monitoring::pages(sources, None);
        *self.serving.lock() = Some(MonitoringServer::start(listener, pages)?);
        Ok(())
    }

    /// Ends that.
    fn end(&self, py: Python<'_>) {
        let serving = self.serving.lock().take();
        py.detach(|| drop(serving));
    }
}
