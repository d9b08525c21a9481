//! Serving a site until a signal ends it.

use std::{
    io::{self, Read},
    os::unix::net::UnixStream,
    sync::{Arc, atomic::AtomicBool},
    thread,
};

use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
    low_level::pipe,
};
use wsgi::{
    Application, Server,
    server::{Builder, Handle},
};

use crate::{command::Options, say};

/// Serves the site of a command, and says so when clients can come.
///
/// # Errors
///
/// The address cannot be listened on, or the system gives no thread or the like.
pub(crate) fn serve(
    command: &'static str,
    options: &Options,
    site: impl Application + 'static,
) -> io::Result<()> {
    let server = listening(options)
        .and_then(|builder| builder.build(site))
        .map_err(|error| cannot_listen(options, &error))?;
    end_on_signals(command, server.handle())?;
    say(format_args!(
        "wsgi {command}: serving on http://{}",
        server.local_addr()
    ));
    server.serve_forever()
}

fn listening(options: &Options) -> io::Result<Builder> {
    let mut builder = Server::builder().bind_to(&options.bind.host, options.bind.port)?;
    if let Some(threads) = options.threads {
        builder = builder.threads(threads.get());
    }
    if let Some(threads) = options.max_threads {
        builder = builder.max_threads(threads.get());
    }
    Ok(builder)
}

fn cannot_listen(options: &Options, error: &io::Error) -> io::Error {
    let message = format!("cannot listen on {}: {error}", options.bind);
    io::Error::new(error.kind(), message)
}

/// Lets SIGINT and SIGTERM end the server: the first of them gracefully, a second one the
/// program, at once and as if it had never been caught.
fn end_on_signals(command: &'static str, handle: Handle) -> io::Result<()> {
    let (mut signalled, wake) = UnixStream::pair()?;
    let is_ending = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // These run in this order: the first signal still finds the flag false.
        flag::register_conditional_default(signal, Arc::clone(&is_ending))?;
        flag::register(signal, Arc::clone(&is_ending))?;
        pipe::register(signal, wake.try_clone()?)?;
    }
    let wait = move || {
        if signalled.read_exact(&mut [0]).is_ok() {
            say(format_args!("wsgi {command}: ending"));
            handle.shutdown();
        }
    };
    thread::Builder::new()
        .name("wsgi-signals".to_owned())
        .spawn(wait)
        .map(drop)
}
