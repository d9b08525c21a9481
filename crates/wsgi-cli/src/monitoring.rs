//! The pages for those who look after the program, on an address of their own.

use std::{io, sync::Arc};

use wsgi::{
    Environ, Result, StartResponse, Status,
    metrics::Source,
    middleware::{Health, MetricsPage, Mounts, RunningHandle},
    server::{Handle, Listener, MonitoringServer},
};

/// The paths of the numbers and of the list of requests.
pub(crate) const METRICS: &str = "/metrics";
pub(crate) const REQUESTS: &str = "/requests";

/// The pages of numbers, and of what else a process knows of itself.
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

    /// Starts to serve the pages. The site's visitors do not reach them.
    ///
    /// # Errors
    ///
    /// The system refuses a thread or the like.
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
