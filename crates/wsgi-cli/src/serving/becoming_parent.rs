//! The restart of a program that is one process so far.

use std::{
    io,
    sync::mpsc::{Sender, channel},
    thread::{self, JoinHandle},
};

use wsgi::server::ServiceManager;

use super::own_server::OwnServer;
use crate::{
    command::SiteOptions,
    kept::Kept,
    processes::{
        event::{Event, Signals},
        parent::{ITSELF, Parent},
    },
    tls::Tickets,
};

/// The thread that restarts the program, and is the parent of its new processes from then on.
pub(super) struct BecomingParent {
    events: Sender<Event>,
    thread: JoinHandle<io::Result<()>>,
}

impl BecomingParent {
    pub(super) fn start(
        command: &'static str,
        options: &SiteOptions,
        kept: Kept,
        tickets: Tickets,
        own: OwnServer,
        service_manager: Option<ServiceManager>,
    ) -> io::Result<Self> {
        let (events, received) = channel();
        Signals::of(options).catch(&events)?;
        let mut parent = Parent::new(command, options, kept, tickets, events.clone());
        parent.set_service_manager(service_manager);
        parent.set_own(own.handle, own.monitoring);
        if let Some(reload) = own.reload {
            parent.set_own_reload(reload_when_asked(reload, events.clone())?);
        }
        let thread = thread::Builder::new().name("wsgi-parent".to_owned());
        let thread = thread.spawn(move || parent.run(&received))?;
        Ok(Self { events, thread })
    }

    /// Tells that the server of this process has ended, and waits for the other processes.
    pub(super) fn join(self) -> io::Result<()> {
        let _ = self.events.send(Event::OwnEnded);
        let ended = self.thread.join();
        ended.unwrap_or_else(|_| Err(io::Error::other("a thread of the program panicked")))
    }
}

/// Calls `reload` at each message to the sender that is returned, on a thread of its own, and tells
/// its end as an event.
fn reload_when_asked(
    mut reload: Box<dyn FnMut() + Send>,
    events: Sender<Event>,
) -> io::Result<Sender<()>> {
    let (ask, asked) = channel();
    let wait = move || {
        while asked.recv().is_ok() {
            reload();
            // Last, so that who waits for it finds the lines in the log.
            let _ = events.send(Event::Reloaded(ITSELF));
        }
    };
    let thread = thread::Builder::new().name("wsgi-reload".to_owned());
    thread.spawn(wait)?;
    Ok(ask)
}
