//! Serving a site until a signal arrives.

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use wsgi::{
    Application, Server,
    metrics::Source,
    middleware::{LogHandle, LogWriter},
    server::{Builder, Metrics, MonitoringServer, Predecessor, ServiceManager},
};

use crate::{
    command::SiteOptions, descriptors::raise_limit, kept::Kept, monitoring,
    processes::program::is_silent, say::say, signals::reopen_on_signal, sockets::Sockets,
    tls::Setup, webroot,
};

mod becoming_parent;
mod following;
mod middleware;
mod numbers;
mod opened;
mod own_server;

use becoming_parent::BecomingParent;
use numbers::Numbers;
use opened::Opened;
use own_server::OwnServer;

pub(crate) use middleware::check_list;

/// The time that the rest of the access log may take at the end of the program.
const LOG_TIMEOUT: Duration = Duration::from_secs(5);

/// The part of this process among those of the program.
pub(crate) enum Role {
    /// It has the sockets, and becomes a parent by a restart. Its sessions are kept here.
    Alone(Kept),
    /// It serves for this parent.
    Worker(Predecessor),
}

/// A site that a command serves.
pub(crate) struct Site {
    /// The name of the command, for messages.
    pub(crate) command: &'static str,
    pub(crate) application: Box<dyn Application>,
    /// Its numbers, beside those of the server.
    pub(crate) metrics: Vec<Arc<dyn Source>>,
    /// A hint for the user.
    pub(crate) note: Option<String>,
}

impl Role {
    /// The part of a process with this parent, if it has one, and these sessions.
    pub(crate) fn new(parent: Option<Predecessor>, kept: Kept) -> Self {
        match parent {
            Some(parent) => Self::Worker(parent),
            None => Self::Alone(kept),
        }
    }

    /// The parent, if there is one.
    fn parent(&self) -> Option<&Predecessor> {
        match self {
            Self::Worker(parent) => Some(parent),
            Self::Alone(_) => None,
        }
    }
}

/// Serves a site. Once clients can connect, prints the address, and then the notes.
///
/// # Errors
///
/// The address cannot be listened on, the access log or a file of TLS cannot be used, or the system
/// refuses a thread or the like.
pub(crate) fn serve(role: Role, options: &SiteOptions, site: Site) -> io::Result<()> {
    raise_limit();
    webroot::check(options)?;
    let Opened {
        tickets,
        tls,
        log,
        sockets,
        readers,
    } = Opened::of(role.parent(), options)?;
    let log_handle = log.as_ref().map(LogWriter::handle);
    let has_page = readers.monitoring.is_some();
    let (application, running) = middleware::listed(options, has_page, site.application)?;
    let application = middleware::around(options, sockets.redirect(), application, log);
    let service_manager = ServiceManager::from_env()?;
    let metrics = Metrics::new();
    let mut builder = builder(options, sockets, role.parent(), service_manager.as_ref())?;
    if readers.are_there() {
        builder = builder.metrics(&metrics);
    }
    let handle = builder.handle();
    let server = builder.build(middleware::with_health(options, &handle, application))?;
    reopen_on_signal(log_handle.clone())?;
    let mut sources: Vec<Arc<dyn Source>> = vec![Arc::new(metrics)];
    sources.extend(site.metrics);
    sources.extend(log_handle.clone().map(|log| Arc::new(log) as _));
    let succeeds = role.parent().is_some();
    let numbers = readers.tell(sources, running.as_ref(), &handle, succeeds)?;
    let own = OwnServer {
        handle,
        monitoring: numbers.monitoring.as_ref().map(MonitoringServer::handle),
        reload: tls.as_ref().and_then(|tls| tls.reload(site.command)),
    };
    let becoming_parent = match role {
        Role::Worker(parent) => {
            following::follow(parent, own, options)?;
            None
        }
        Role::Alone(kept) => {
            let command = site.command;
            let start = BecomingParent::start;
            Some(start(
                command,
                options,
                kept,
                tickets,
                own,
                service_manager,
            )?)
        }
    };
    if !is_silent() {
        announce(
            site.command,
            &server,
            numbers.monitoring.as_ref(),
            running.is_some(),
        );
        let notes = tls.iter().flat_map(Setup::notes).chain(&site.note);
        notes.for_each(|note| say(format_args!("wsgi {}: {note}", site.command)));
    }
    let beside = Beside {
        numbers,
        log: log_handle,
        becoming_parent,
    };
    let result = server.serve_forever();
    let server_end = Instant::now();
    drop(server); // and with it the log, as a rule
    result.and(beside.end(options.serving.shutdown_timeout(), server_end))
}

/// The builder of the server, with everything but the application and its numbers.
fn builder(
    options: &SiteOptions,
    sockets: Sockets,
    parent: Option<&Predecessor>,
    service_manager: Option<&ServiceManager>,
) -> io::Result<Builder> {
    let mut builder = options.serving.apply(sockets.builder())?;
    if let Some(service_manager) = service_manager {
        builder = builder.service_manager(service_manager.clone());
    }
    if let Some(parent) = parent {
        builder = builder.predecessor(parent.clone());
    }
    if let Some(proxies) = options.proxies.protocol() {
        builder = builder.proxy_protocol(proxies);
    }
    Ok(builder)
}

/// Prints where clients can connect.
fn announce(
    command: &str,
    server: &Server,
    monitoring: Option<&MonitoringServer>,
    lists_requests: bool,
) {
    let places = server.places();
    say(format_args!("wsgi {command}: serving on {places}"));
    if let Some(monitoring) = monitoring {
        let place = monitoring.place(monitoring::METRICS);
        say(format_args!("wsgi {command}: numbers on {place}"));
        if lists_requests {
            let place = monitoring.place(monitoring::REQUESTS);
            say(format_args!("wsgi {command}: running requests on {place}"));
        }
    }
}

/// Everything that runs beside the server and ends after it.
struct Beside {
    numbers: Numbers,
    log: Option<LogHandle>,
    becoming_parent: Option<BecomingParent>,
}

impl Beside {
    /// Ends all of it. Requests for the numbers may go on for a time. The log has had a part of its
    /// time since the server has ended.
    fn end(self, patience: Duration, server_end: Instant) -> io::Result<()> {
        let Numbers { monitoring, teller } = self.numbers;
        if let Some(monitoring) = monitoring {
            monitoring.end_within(patience);
        }
        if let Some(log) = self.log {
            // A thread of the server may still hold the site, and with it the log.
            let _ = log.flush(LOG_TIMEOUT.saturating_sub(server_end.elapsed()));
        }
        if let Some(teller) = teller {
            teller.end();
        }
        self.becoming_parent.map_or(Ok(()), BecomingParent::join)
    }
}
