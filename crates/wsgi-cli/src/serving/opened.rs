//! The sockets and files that a process opens before it has a server.

use std::io;

use wsgi::{middleware::LogWriter, server::Predecessor};

use super::numbers::Readers;
use crate::{
    command::SiteOptions,
    processes::program::numbers_of_parent,
    sockets::Sockets,
    tls::{Setup, Tickets},
};

/// The sockets and files of a process, opened or taken over from its parent.
pub(super) struct Opened {
    pub(super) tickets: Tickets,
    /// TLS, if it is on.
    pub(super) tls: Option<Setup>,
    /// The access log, if there is one.
    pub(super) log: Option<LogWriter>,
    pub(super) sockets: Sockets,
    pub(super) readers: Readers,
}

impl Opened {
    /// Opens what the options name. A parent has opened the sockets, and has the keys of tickets.
    ///
    /// # Errors
    ///
    /// The address cannot be listened on, or the access log or a file of TLS cannot be used.
    pub(super) fn of(parent: Option<&Predecessor>, options: &SiteOptions) -> io::Result<Self> {
        let (passed, tickets) = match parent {
            Some(parent) => (Some(parent.receive_listeners()?), Tickets::of(parent)),
            None => (None, Tickets::new(&options.tls)?),
        };
        let tls = Setup::new(&options.tls, options.bind.as_ref(), &tickets)?;
        let log = options.logs.open()?;
        let mut sockets = Sockets::open(options, tls.as_ref(), passed)?;
        let readers = Readers {
            monitoring: sockets.take_metrics(),
            parent: parent.and_then(|_| numbers_of_parent()),
        };
        Ok(Self {
            tickets,
            tls,
            log,
            sockets,
            readers,
        })
    }
}
