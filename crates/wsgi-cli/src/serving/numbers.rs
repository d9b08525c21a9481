//! The numbers of this process, for those who ask for them.

use std::{io, os::unix::net::UnixStream, path::PathBuf, sync::Arc};

use wsgi::{
    metrics::{Source, Teller},
    server::{Listener, MetricsServer},
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

    /// Starts to tell them the numbers of these sources.
    ///
    /// # Errors
    ///
    /// The parent does not answer, or the system refuses a thread or the like.
    pub(super) fn tell(self, sources: Vec<Arc<dyn Source>>) -> io::Result<Numbers> {
        let to_parent = |socket| Teller::start(UnixStream::connect(socket)?, sources.clone());
        let teller = self.parent.map(to_parent).transpose()?;
        let monitoring = self
            .monitoring
            .map(|listener| monitoring::start(listener, sources));
        Ok(Numbers {
            monitoring: monitoring.transpose()?,
            teller,
        })
    }
}

/// The servers of the numbers of this process.
pub(super) struct Numbers {
    /// The server of the page.
    pub(super) monitoring: Option<MetricsServer>,
    /// The server that answers the parent.
    pub(super) teller: Option<Teller>,
}
