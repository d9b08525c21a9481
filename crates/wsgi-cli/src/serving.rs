//! Serving a site until a signal arrives.

use std::{
    io,
    os::unix::net::UnixStream,
    sync::{
        Arc,
        mpsc::{Sender, channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR2},
    flag,
};
use wsgi::{
    Application, Server,
    metrics::{Source, Teller},
    middleware::{
        AccessLog, AcmeChallenges, Health, HttpsRedirect, LogHandle, LogWriter, RequestId,
    },
    server::{Handle, Metrics, MetricsServer, Predecessor, ServiceManager},
};

use crate::{
    command::SiteOptions,
    descriptors::raise_limit,
    kept::Kept,
    monitoring,
    processes::{
        event::{Event, Signals},
        parent::{ITSELF, Parent},
        program::{Program, is_silent, numbers_of_parent},
    },
    say::say,
    signals::{at_each, reopen_on_signal},
    sockets::Sockets,
    tls::{Setup, Tickets},
    webroot,
};

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
    let Site {
        command,
        application: site,
        metrics: mut sources,
        note,
    } = site;
    let (passed, tickets) = match &role {
        Role::Worker(parent) => (Some(parent.receive_listeners()?), Tickets::of(parent)),
        Role::Alone(_) => (None, Tickets::new(&options.tls)?),
    };
    let tls = Setup::new(&options.tls, options.bind.as_ref(), &tickets)?;
    let log = options.logs.open()?;
    let log_handle = log.as_ref().map(LogWriter::handle);
    let mut sockets = Sockets::open(options, tls.as_ref(), passed)?;
    let monitored = sockets.take_metrics();
    let site = around(options, sockets.redirect(), site, log);
    let mut builder = options.serving.apply(sockets.builder())?;
    let service_manager = ServiceManager::from_env()?;
    if let Some(service_manager) = &service_manager {
        builder = builder.service_manager(service_manager.clone());
    }
    if let Role::Worker(parent) = &role {
        builder = builder.predecessor(parent.clone());
    }
    let metrics = Metrics::new();
    let asking = match &role {
        Role::Worker(_) => numbers_of_parent(),
        Role::Alone(_) => None,
    };
    if monitored.is_some() || asking.is_some() {
        builder = builder.metrics(&metrics);
    }
    let handle = builder.handle();
    let site = with_health(options, &handle, site);
    if let Some(proxies) = options.proxies.protocol() {
        builder = builder.proxy_protocol(proxies);
    }
    let server = builder.build(site)?;
    reopen_on_signal(log_handle.clone())?;
    let reload = tls.as_ref().and_then(|tls| tls.reload(command));
    sources.insert(0, Arc::new(metrics));
    if let Some(log) = log_handle.clone() {
        sources.push(Arc::new(log));
    }
    let tell = |socket| Teller::start(UnixStream::connect(socket)?, sources.clone());
    let teller = asking.map(tell).transpose()?;
    let monitoring = monitored.map(|listener| monitoring::start(listener, sources));
    let monitoring = monitoring.transpose()?;
    let monitoring_handle = monitoring.as_ref().map(MetricsServer::handle);
    let becoming_parent = match role {
        Role::Worker(parent) => {
            if let Some(mut reload) = reload {
                let answering = parent.clone();
                at_each(SIGHUP, "wsgi-reload", move || {
                    reload();
                    // Last, so that who waits for it finds the lines in the log.
                    let _ = answering.tell_ready(); // if this fails, it has ended
                })?;
            }
            follow(parent, handle, monitoring_handle, options)?;
            None
        }
        Role::Alone(kept) => Some(BecomingParent::start(
            command,
            options,
            kept,
            tickets,
            Own {
                server: handle,
                monitoring: monitoring_handle,
                reload,
            },
            service_manager,
        )?),
    };
    if !is_silent() {
        announce(command, &server, monitoring.as_ref());
        let notes = tls.iter().flat_map(Setup::notes);
        for note in notes.map(String::as_str).chain(note.as_deref()) {
            say(format_args!("wsgi {command}: {note}"));
        }
    }
    let beside = Beside {
        monitoring,
        log: log_handle,
        teller,
        becoming_parent,
    };
    let result = server.serve_forever();
    let server_end = Instant::now();
    drop(server); // and with it the log, as a rule
    result.and(beside.end(options.serving.shutdown_timeout(), server_end))
}

/// Prints where clients can connect.
fn announce(command: &str, server: &Server, monitoring: Option<&MetricsServer>) {
    let places = server.places();
    say(format_args!("wsgi {command}: serving on {places}"));
    if let Some(monitoring) = monitoring {
        let place = monitoring.place();
        say(format_args!("wsgi {command}: numbers on {place}"));
    }
}

/// Everything that runs beside the server and ends after it.
struct Beside {
    monitoring: Option<MetricsServer>,
    log: Option<LogHandle>,
    teller: Option<Teller>,
    becoming_parent: Option<BecomingParent>,
}

impl Beside {
    /// Ends all of it. Requests for the numbers may go on for a time. The log has had a part of its
    /// time since the server has ended.
    fn end(self, patience: Duration, server_end: Instant) -> io::Result<()> {
        if let Some(monitoring) = self.monitoring {
            monitoring.end_within(patience);
        }
        if let Some(log) = self.log {
            // A thread of the server may still hold the site, and with it the log.
            let _ = log.flush(LOG_TIMEOUT.saturating_sub(server_end.elapsed()));
        }
        if let Some(teller) = self.teller {
            teller.end();
        }
        self.becoming_parent.map_or(Ok(()), BecomingParent::join)
    }
}

/// The thread that restarts the program, and is the parent of its new processes from then on.
struct BecomingParent {
    events: Sender<Event>,
    thread: JoinHandle<io::Result<()>>,
}

/// The server of a process that may become a parent.
struct Own {
    server: Handle,
    /// The server of its page of numbers.
    monitoring: Option<Handle>,
    /// Reads the files of TLS again, if there are any.
    reload: Option<Box<dyn FnMut() + Send>>,
}

impl BecomingParent {
    fn start(
        command: &'static str,
        options: &SiteOptions,
        kept: Kept,
        tickets: Tickets,
        own: Own,
        service_manager: Option<ServiceManager>,
    ) -> io::Result<Self> {
        let (events, received) = channel();
        Signals::of(options).catch(&events)?;
        let program = Program::of_this_process();
        let mut parent = Parent::new(command, options, program, kept, tickets, events.clone());
        parent.set_service_manager(service_manager);
        parent.set_own(own.server, own.monitoring);
        if let Some(reload) = own.reload {
            parent.set_own_reload(reload_when_asked(reload, events.clone())?);
        }
        let thread = thread::Builder::new().name("wsgi-parent".to_owned());
        let thread = thread.spawn(move || parent.run(&received))?;
        Ok(Self { events, thread })
    }

    /// Tells that the server of this process has ended, and waits for the other processes.
    fn join(self) -> io::Result<()> {
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

/// Lets a worker do what its parent asks for. Without the parent it ends.
fn follow(
    parent: Predecessor,
    handle: Handle,
    monitoring: Option<Handle>,
    options: &SiteOptions,
) -> io::Result<()> {
    let drain_delay = options.serving.drain_delay();
    // A service manager may send the signal to all processes, and the parent passes it on. So a
    // second one does not end this process: the parent's end does.
    for signal in [SIGINT, SIGTERM] {
        let drained = handle.clone();
        at_each(signal, "wsgi-signals", move || drained.drain(drain_delay))?;
    }
    // Only the parent restarts the program.
    flag::register(SIGUSR2, Arc::default())?;
    let patience = options.serving.shutdown_timeout();
    let follow = move || {
        while parent.wait_for_retirement().is_ok() {
            monitoring.iter().for_each(|one| one.retire(patience));
            handle.retire(patience);
        }
        // A parent waits for its workers, unless it was ended at once.
        match handle.is_ready() {
            true => handle.shutdown(),
            false => handle.abort(),
        }
    };
    let thread = thread::Builder::new().name("wsgi-worker".to_owned());
    thread.spawn(follow).map(drop)
}

/// The site that also says how it is, if the options ask for that. It is asked often and by http,
/// so this is around the log and the redirect to https.
fn with_health(
    options: &SiteOptions,
    handle: &Handle,
    site: Box<dyn Application>,
) -> Box<dyn Application> {
    if !options.health {
        return site;
    }
    let handle = handle.clone();
    Box::new(Health::new(site).ready_if(move || handle.is_ready()))
}

/// The site within the middleware of the options. The log sees every request, with the client's
/// address.
fn around(
    options: &SiteOptions,
    redirect: Option<u16>,
    mut site: Box<dyn Application>,
    log: Option<LogWriter>,
) -> Box<dyn Application> {
    if let Some(port) = redirect {
        site = Box::new(HttpsRedirect::new(site).port(port));
    }
    if let Some(folder) = &options.acme_webroot {
        site = Box::new(AcmeChallenges::new(site).webroot(folder));
    }
    if !options.proxies.trusted.is_empty() {
        site = Box::new(options.proxies.around(site));
    }
    site = Box::new(RequestId::new(site));
    match log {
        Some(log) => Box::new(AccessLog::new(site, log)),
        None => site,
    }
}
