//! The numbers of this process, for those who ask for them.

use std::{io, os::unix::net::UnixStream, path::PathBuf, sync::Arc};

use wsgi::{
    metrics::{Source, Teller},
    middleware::RunningHandle,
    server::{Handle, Listener, MonitoringServer},
};

use crate::monitoring;

/// Those who ask for the numbers of this process.
pub(super) struct Readers {
    /// The socket of the page of numbers.
    pub(super) monitoring: Option<Listener>,
    /// The socket of the parent that adds up those of its workers.
    pub(super) parent: Option<PathBuf>,
}

impl Readers {
    /// Whether anybody asks.
    pub(super) fn are_there(&self) -> bool {
        self.monitoring.is_some() || self.parent.is_some()
    }

    /// Starts to tell them the numbers of these sources. Beside the page of numbers, there are the
    /// list of running requests, if there is one, and pages about the health of the server. A
    /// process that `succeeds` another one leaves readers to it until the server serves.
    ///
    /// # Errors
    ///
    /// The parent does not answer, or the system refuses a thread or the like.
    pub(super) fn tell(
        self,
        sources: Vec<Arc<dyn Source>>,
        running: Option<&RunningHandle>,
        server: &Handle,
        succeeds: bool,
    ) -> io::Result<Numbers> {
        let to_parent = |socket| Teller::start(UnixStream::connect(socket)?, sources.clone());
        let teller = self.parent.map(to_parent).transpose()?;
        let is_ready = server.clone();
        let pages = monitoring::pages(sources, running).health(move || is_ready.is_ready());
        let start = |listener| match succeeds {
            true => MonitoringServer::start_after(server, listener, pages),
            false => MonitoringServer::start(listener, pages),
        };
        let monitoring = self.monitoring.map(start);
        Ok(Numbers {
            monitoring: monitoring.transpose()?,
            teller,
        })
    }
}

/// The servers of the numbers of this process.
pub(super) struct Numbers {
    /// The server of the page.
    pub(super) monitoring: Option<MonitoringServer>,
    /// The server that answers the parent.
    pub(super) teller: Option<Teller>,
}
