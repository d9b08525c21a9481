//! The keys of tickets that all processes of a run share.

use std::{io, process::Command};

use wsgi::server::{Listener, Predecessor, Successor, TicketKeys};

use crate::tls::TlsOptions;

/// The keys of tickets that all processes of a run share, so that clients resume their sessions
/// with each of them. The first process makes them. They are in memory alone, and go from process
/// to process by a private socket.
#[derive(Clone, Debug)]
pub(crate) struct Tickets(Option<TicketKeys>);

impl Tickets {
    /// New keys, unless the program needs none or reads them from a file.
    ///
    /// # Errors
    ///
    /// The system provides no random bytes.
    pub(crate) fn new(options: &TlsOptions) -> io::Result<Self> {
        let is_needed = options.are_on() && options.ticket_keys.is_none();
        let keys = is_needed.then(TicketKeys::random).transpose()?;
        Ok(Self(keys))
    }

    /// The keys of a parent, once it has passed its sockets on.
    pub(crate) fn of(parent: &Predecessor) -> Self {
        Self(parent.ticket_keys())
    }

    pub(super) fn keys(&self) -> Option<&TicketKeys> {
        self.0.as_ref()
    }

    /// Erases keys that have expired, in a process that does not use them.
    pub(crate) fn erase_expired(&self) {
        self.0.iter().for_each(TicketKeys::erase_expired);
    }

    /// Starts a process with these sockets and the keys.
    ///
    /// # Errors
    ///
    /// The program cannot be started.
    pub(crate) fn start(&self, command: Command, listeners: &[Listener]) -> io::Result<Successor> {
        match &self.0 {
            Some(keys) => Successor::start_with_ticket_keys(command, listeners, keys),
            None => Successor::start(command, listeners),
        }
    }
}
