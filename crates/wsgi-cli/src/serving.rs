//! Serving a site until a signal ends it.

use std::{fmt::Display, io};

use wsgi::{
    Application, Server,
    server::{Builder, Protocol},
};

use crate::{address::Address, command::Demo, say, signals::end_on_signals};

/// Serves the site of a command, and says so when clients can come; then what else there is to say.
///
/// # Errors
///
/// The address cannot be listened on, or the system gives no thread or the like.
pub(crate) fn serve(
    command: &'static str,
    options: &Demo,
    site: impl Application + 'static,
    note: Option<impl Display>,
) -> io::Result<()> {
    let mut builder = listening(options).map_err(|error| cannot_listen(options, &error))?;
    if let Some(folder) = &options.spool_dir {
        builder = builder.spool_dir(folder)?;
    }
    let server = builder
        .build(site)
        .map_err(|error| cannot_listen(options, &error))?;
    let handle = server.handle();
    end_on_signals(command, move || handle.shutdown())?;
    let address = server.local_addr();
    match (options.protocol, address.tcp()) {
        (Protocol::Http, Some(_)) => {
            say(format_args!("wsgi {command}: serving on http://{address}"));
        }
        (protocol, _) => say(format_args!(
            "wsgi {command}: serving on {address} by {protocol}"
        )),
    }
    if let Some(note) = note {
        say(format_args!("wsgi {command}: {note}"));
    }
    server.serve_forever()
}

fn listening(options: &Demo) -> io::Result<Builder> {
    let mut builder = Server::builder().protocol(options.protocol);
    builder = match (&options.bind, options.socket_mode) {
        (Address::Tcp { host, port }, _) => builder.bind_to(host, *port)?,
        (Address::Unix(path), mode) => builder.bind_unix(path, mode.unwrap_or(0o600))?,
    };
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

fn cannot_listen(options: &Demo, error: &io::Error) -> io::Error {
    let message = format!("cannot listen on {}: {error}", options.bind);
    io::Error::new(error.kind(), message)
}
