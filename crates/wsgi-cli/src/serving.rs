//! Serving a site until a signal ends it.

use std::{fmt::Display, io};

use wsgi::{Application, Server, server::Builder};

use crate::{command::Demo, say, signals::end_on_signals};

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
    let server = listening(options)
        .and_then(|builder| builder.build(site))
        .map_err(|error| cannot_listen(options, &error))?;
    let handle = server.handle();
    end_on_signals(command, move || handle.shutdown())?;
    say(format_args!(
        "wsgi {command}: serving on http://{}",
        server.local_addr()
    ));
    if let Some(note) = note {
        say(format_args!("wsgi {command}: {note}"));
    }
    server.serve_forever()
}

fn listening(options: &Demo) -> io::Result<Builder> {
    let mut builder = Server::builder().bind_to(&options.bind.host, options.bind.port)?;
    if let Some(threads) = options.threads {
        builder = builder.threads(threads.get());
    }
    if let Some(threads) = options.max_threads {
        builder = builder.max_threads(threads.get());
    }
    Ok(builder)
}

fn cannot_listen(options: &Demo, error: &io::Error) -> io::Error {
    let message = format!("cannot listen on {}: {error}", options.bind);
    io::Error::new(error.kind(), message)
}
