//! The pages for those who look after the server, on an address of its own.

use std::{io, sync::Arc};

use pyo3::{PyResult, exceptions::PyValueError};
use wsgi_metrics::Source;
use wsgi_middleware::{MetricsPage, MonitoringPages, RunningHandle};
use wsgi_server::Listener;

use crate::settings::Settings;

/// The name of a socket that is for the pages.
pub(crate) const NAME: &str = "metrics";

/// The paths of the numbers and of the list of requests.
pub(crate) const METRICS: &str = "/metrics";
pub(crate) const REQUESTS: &str = "/requests";

/// The page with the numbers of these sources, and the list of the requests that are running, if
/// there is one. They need nothing of Python.
pub(crate) fn pages(
    sources: impl IntoIterator<Item = Arc<dyn Source>>,
    running: Option<&RunningHandle>,
) -> MonitoringPages {
    let sources = sources.into_iter();
    let numbers = sources.fold(MetricsPage::new(), MetricsPage::source);
    let pages = MonitoringPages::new().page(METRICS, numbers);
    match running {
        Some(running) => pages.page(REQUESTS, running.page()),
        None => pages,
    }
}

/// Where the page at this path is, on this socket.
pub(crate) fn place(listener: &Listener, path: &str) -> io::Result<String> {
    let address = listener.local_addr()?;
    Ok(match address.tcp() {
        Some(address) => format!("http://{address}{path}"),
        None => format!("{address}, at {path}"),
    })
}

/// Checks that there is a page for the list of requests, if the settings ask for one.
///
/// # Errors
///
/// There is none.
pub(crate) fn check_list(settings: &Settings, has_page: bool) -> PyResult<()> {
    if !settings.list_requests || has_page {
        return Ok(());
    }
    let problem = "`list_requests` needs `metrics`: add that, or leave out `list_requests`";
    Err(PyValueError::new_err(problem))
}

/// Whether a socket is for the pages.
pub(crate) fn is_for_metrics(listener: &Listener) -> bool {
    listener.name() == Some(NAME)
}
