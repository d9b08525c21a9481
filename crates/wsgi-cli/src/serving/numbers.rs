//! The numbers of this process, for those who ask for them.

use std::{io, os::unix::net::UnixStream, path::PathBuf, sync::Arc};

use wsgi::{
    metrics::{Source, Teller},
    middleware::RunningHandle,
    server::{Handle, Listener, MonitoringServer},
};

use crate::monitoring::Pages;

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
    /// list of running requests, if there is one, and pages about the health of the server.
    ///
    /// # Errors
    ///
    /// The parent does not answer, or the system refuses a thread or the like.
    pub(super) fn tell(
        self,
        sources: Vec<Arc<dyn Source>>,
        running: Option<&RunningHandle>,
        server: &Handle,
    ) -> io::Result<Numbers> {
        let to_parent = |socket| Teller::start(UnixStream::connect(socket)?, sources.clone());
        let teller = self.parent.map(to_parent).transpose()?;
        let pages = Pages::of(sources).list(running);
        let start = |listener| pages.start_with_health(listener, server.clone());
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
