//! Serving a site until a signal arrives.

use std::{fmt::Display, io, time::Duration};

use wsgi::{
    Application,
    middleware::{AccessLog, AcmeChallenges, Health, HttpsRedirect, LogWriter, RequestId},
    server::{Handle, ServiceManager},
};

use crate::{
    command::Demo,
    descriptors::raise_limit,
    say::say,
    signals::{end_on_signals, reopen_on_signal},
    sockets::Sockets,
    tls::Setup,
};

/// The time that the rest of the access log may take at the end of the program.
const LOG_TIMEOUT: Duration = Duration::from_secs(5);

/// Serves the site of a command. Once clients can connect, prints the address, and then the notes.
///
/// # Errors
///
/// The address cannot be listened on, the access log or a file of TLS cannot be used, or the system
/// refuses a thread or the like.
pub(crate) fn serve(
    command: &'static str,
    options: &Demo,
    site: impl Application + 'static,
    note: Option<impl Display>,
) -> io::Result<()> {
    raise_limit();
    let tls = Setup::new(&options.tls, options.bind.as_ref())?;
    let log = options.logs.open()?;
    let log_handle = log.as_ref().map(LogWriter::handle);
    let sockets = Sockets::open(options, tls.as_ref())?;
    let site = around(options, sockets.redirect(), site, log);
    let mut builder = options.serving.apply(sockets.builder())?;
    let service_manager = ServiceManager::from_env()?;
    if let Some(service_manager) = &service_manager {
        builder = builder.service_manager(service_manager.clone());
    }
    let handle = builder.handle();
    let site = with_health(options, &handle, site);
    if let Some(proxies) = options.proxies.protocol() {
        builder = builder.proxy_protocol(proxies);
    }
    let server = builder.build(site)?;
    reopen_on_signal(log_handle.clone())?;
    if let Some(tls) = &tls {
        tls.reload_on_signal(command, service_manager)?;
    }
    let drain_delay = options.serving.drain_delay();
    end_on_signals(command, move || handle.drain(drain_delay))?;
    say(format_args!(
        "wsgi {command}: serving on {}",
        server.places()
    ));
    for note in tls.iter().flat_map(Setup::notes) {
        say(format_args!("wsgi {command}: {note}"));
    }
    if let Some(note) = note {
        say(format_args!("wsgi {command}: {note}"));
    }
    let result = server.serve_forever();
    if let Some(log) = log_handle {
        // A thread of the server may still hold the site, and with it the log.
        let _ = log.flush(LOG_TIMEOUT);
    }
    result
}

/// The site that also says how it is, if the options ask for that. It is asked often and by http,
/// so this is around the log and the redirect to https.
fn with_health(
    options: &Demo,
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
    options: &Demo,
    redirect: Option<u16>,
    site: impl Application + 'static,
    log: Option<LogWriter>,
) -> Box<dyn Application> {
    let mut site: Box<dyn Application> = Box::new(site);
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
