//! Serving a site until a signal arrives.

use std::{fmt::Display, io, time::Duration};

use wsgi::{
    Application, Server,
    middleware::{AccessLog, LogWriter},
    server::{Builder, Listener, SocketAccess},
};

use crate::{
    address::Address,
    command::Demo,
    descriptors::raise_limit,
    say::say,
    signals::{end_on_signals, reopen_on_signal},
};

/// The time that the rest of the access log may take at the end of the program.
const LOG_TIMEOUT: Duration = Duration::from_secs(5);

/// Serves the site of a command. Once clients can connect, prints the address, and then the note.
///
/// # Errors
///
/// The address cannot be listened on, the access log cannot be opened, or the system refuses a
/// thread or the like.
pub(crate) fn serve(
    command: &'static str,
    options: &Demo,
    site: impl Application + 'static,
    note: Option<impl Display>,
) -> io::Result<()> {
    raise_limit();
    let log = options.logs.open()?;
    let log_handle = log.as_ref().map(LogWriter::handle);
    let mut builder = listening(options)?;
    if let Some(folder) = &options.spool_dir {
        builder = builder.spool_dir(folder)?;
    }
    let server = match options.proxies.trusted.is_empty() {
        true => build(builder, site, log)?,
        false => build(builder, options.proxies.around(site), log)?,
    };
    let handle = server.handle();
    reopen_on_signal(log_handle.clone())?;
    end_on_signals(command, move || handle.shutdown())?;
    say(format_args!(
        "wsgi {command}: serving on {}",
        server.places()
    ));
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

fn build(
    builder: Builder,
    site: impl Application + 'static,
    log: Option<LogWriter>,
) -> io::Result<Server> {
    match log {
        Some(log) => builder.build(AccessLog::new(site, log)),
        None => builder.build(site),
    }
}

fn listening(options: &Demo) -> io::Result<Builder> {
    let mut builder = at_sockets(options)?;
    if let Some(script_name) = &options.script_name {
        builder = builder.script_name(script_name);
    }
    if let Some(threads) = options.threads {
        builder = builder.threads(threads.get());
    }
    if let Some(threads) = options.max_threads {
        builder = builder.max_threads(threads.get());
    }
    if let Some(spool) = options.spool_bodies {
        builder = builder.spool_bodies(spool);
    }
    if let Some(limit) = options.spool_limit {
        builder = builder.spool_limit(limit);
    }
    Ok(builder)
}

/// A builder that listens on the given address, or else on the inherited sockets, or else on the
/// default address.
fn at_sockets(options: &Demo) -> io::Result<Builder> {
    let builder = Server::builder().protocol(options.protocol.unwrap_or_default());
    match &options.bind {
        Some(Address::Tcp { host, port }) => builder.bind_to(host, *port),
        Some(Address::Unix(path)) => {
            let mode = options.socket_mode.unwrap_or(SocketAccess::DEFAULT_MODE);
            let mut access = SocketAccess::new(mode);
            if let Some(owner) = options.socket_owner {
                access = access.owner(owner);
            }
            if let Some(group) = options.socket_group {
                access = access.group(group);
            }
            builder.bind_unix_for(path, access)
        }
        None => {
            let protocol = options.protocol;
            let passed = Listener::passed()?
                .into_iter()
                .map(|listener| match protocol {
                    Some(protocol) => listener.protocol(protocol),
                    None => listener,
                });
            Ok(passed.fold(builder, Builder::listener))
        }
    }
}
