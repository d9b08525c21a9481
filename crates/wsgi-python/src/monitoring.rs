//! The pages for those who look after the server, on an address of its own.

use std::{io, sync::Arc};

use wsgi_application::{Environ, Result, StartResponse, Status};
use wsgi_metrics::Source;
use wsgi_middleware::{Health, MetricsPage, Mounts, RunningHandle};
use wsgi_server::{Handle, Listener, MonitoringServer};

/// The name of a socket that is for the pages.
pub(crate) const NAME: &str = "metrics";

/// The paths of the numbers and of the list of requests.
const METRICS: &str = "/metrics";
const REQUESTS: &str = "/requests";

/// The pages of numbers, and of what else a process knows of itself. They need nothing of Python.
pub(crate) struct Pages(Mounts);

impl Pages {
    /// The page with the numbers of these sources.
    pub(crate) fn of(sources: impl IntoIterator<Item = Arc<dyn Source>>) -> Self {
        let sources = sources.into_iter();
        let numbers = sources.fold(MetricsPage::new(), MetricsPage::source);
        Self(Mounts::new().mount(METRICS, numbers).fallback(no_page))
    }

    /// Adds the list of the requests that are running.
    pub(crate) fn list(mut self, running: Option<&RunningHandle>) -> Self {
        if let Some(running) = running {
            self.0 = self.0.mount(REQUESTS, running.page());
        }
        self
    }

    /// Begins to serve the pages.
    pub(crate) fn start(self, listener: Listener) -> io::Result<MonitoringServer> {
        MonitoringServer::start(listener, self.0)
    }

    /// As [`start`](Self::start), with the pages that say whether the server of this handle is
    /// ready.
    pub(crate) fn start_with_health(
        self,
        listener: Listener,
        server: Handle,
    ) -> io::Result<MonitoringServer> {
        let health = Health::new(self.0).ready_if(move || server.is_ready());
        MonitoringServer::start(listener, health)
    }
}

fn no_page(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::NOT_FOUND, [("Content-Type", "text/plain")])?;
    Ok(format!("404 Not Found: the numbers are at {METRICS}\n").into())
}

/// Where the page of numbers is, on this socket.
pub(crate) fn place(listener: &Listener) -> io::Result<String> {
    let address = listener.local_addr()?;
    Ok(match address.tcp() {
        Some(address) => format!("http://{address}{METRICS}"),
        None => format!("{address}, at {METRICS}"),
    })
}

/// Whether a socket is for the pages.
pub(crate) fn is_for_metrics(listener: &Listener) -> bool {
    listener.name() == Some(NAME)
}
