//! Several processes, one after the other or at the same time.
//!
//! # Words
//!
//! - The **parent** is the process that was started first. It holds what only one process can hold:
//!   the listening sockets, with the files of Unix sockets, a file of sessions, and the page of
//!   numbers. It keeps its id for as long as the program runs.
//! - A **worker** is a process that the parent starts, and that serves.
//! - The parent **itself** serves if `--processes` is not given, until the first restart.
//! - A **restart** starts new workers from the program on the disk. Once all of them serve, the
//!   former processes retire. If one of them fails before that, the former ones go on.
//!
//! ```text
//!                 SIGUSR2: the program is started     it serves: the former ones retire
//!   [itself serves] ------> [itself] [worker 1] ------> (itself) [worker 1]
//!                                                              |  SIGUSR2 ...
//!                 [worker 3] <------ [worker 1] [worker 2] <---+
//! ```
//!
//! One thread decides everything, in the order of its [events](event::Event). Each worker has a
//! thread that watches it.

mod backoff;
mod changes;
pub(crate) mod event;
mod news;
mod numbers;
pub(crate) mod parent;
mod phase;
mod private_folder;
pub(crate) mod program;
pub(crate) mod session_holder;
mod worker;

use std::{
    io,
    num::NonZeroUsize,
    sync::{Arc, mpsc::channel},
};

use wsgi::{
    metrics::Source,
    server::{Listener, MonitoringServer, ServiceManager},
};

use crate::{
    command::SiteOptions,
    descriptors::raise_limit,
    kept::Kept,
    monitoring,
    processes::{event::Signals, numbers::Numbers, parent::Parent},
    sockets::{Sockets, is_for_metrics},
    tls::Tickets,
    webroot,
};

/// Serves with this number of workers, which share the sessions that are kept, until a signal
/// arrives.
///
/// # Errors
///
/// The address cannot be listened on, or a worker does not start.
pub(crate) fn run(
    command: &'static str,
    options: &SiteOptions,
    count: NonZeroUsize,
    kept: Kept,
) -> io::Result<()> {
    raise_limit();
    webroot::check(options)?;
    let (monitored, listeners) = Sockets::to_pass_on(options)?
        .into_iter()
        .partition(is_for_metrics);
    let monitoring = monitor(monitored)?;
    let tickets = Tickets::new(&options.tls)?;
    let (events, received) = channel();
    Signals::of(options).catch(&events)?;
    let mut parent = Parent::new(command, options, kept, tickets, events);
    parent.set_service_manager(ServiceManager::from_env()?);
    if let Some((numbers, monitoring)) = &monitoring {
        parent.set_numbers(numbers.socket(), monitoring.place(monitoring::METRICS));
    }
    parent.start(count.get(), listeners)?;
    let result = parent.run(&received);
    if let Some((_, monitoring)) = monitoring {
        monitoring.end_within(options.serving.shutdown_timeout());
    }
    result
}

/// Serves the numbers of all workers, if the options ask for that.
fn monitor(mut listeners: Vec<Listener>) -> io::Result<Option<(Numbers, MonitoringServer)>> {
    let Some(listener) = listeners.pop() else {
        return Ok(None);
    };
    let numbers = Numbers::start()?;
    let page: Arc<dyn Source> = numbers.together();
    let pages = monitoring::pages([page], None);
    Ok(Some((numbers, MonitoringServer::start(listener, pages)?)))
}
