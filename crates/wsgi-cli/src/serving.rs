//! Serving a site until a signal arrives.

use std::{fmt::Display, io, time::Duration};

use wsgi::{
    Application,
    middleware::{AccessLog, AcmeChallenges, HttpsRedirect, LogWriter, RequestId},
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
    if let Some(proxies) = options.proxies.protocol() {
        builder = builder.proxy_protocol(proxies);
    }
    let server = builder.build(site)?;
    let handle = server.handle();
    reopen_on_signal(log_handle.clone())?;
    if let Some(tls) = &tls {
        tls.reload_on_signal(command)?;
    }
    end_on_signals(command, move || handle.shutdown())?;
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
