//! The session server as a program.

use std::io;

use wsgi_sessions::{FileStore, SessionServer};

use crate::{
    command,
    daemon::{self, READY},
    descriptors::raise_limit,
    failure::{cannot, cannot_listen},
    pid_file::PidFile,
    say::say,
    signals::end_on_signals,
};

/// Serves sessions over a Unix socket until a signal arrives. With `--daemon`, starts a process
/// that does so.
///
/// # Errors
///
/// The database cannot be opened, the socket cannot be listened on, or the like.
pub(crate) fn run(options: &command::SessionServer) -> io::Result<()> {
    if options.daemon {
        return daemon::start(options);
    }
    if options.detached {
        daemon::detach();
    }
    raise_limit();
    let (socket, database) = options.places()?;
    let store = FileStore::open(database)
        .map_err(|error| cannot(&format!("open the database {}", database.display()), &error))?;
    let pid_file = options.pid_file.as_deref();
    let _pid_file = pid_file.map(PidFile::write).transpose()?;
    let server = SessionServer::builder(store)
        .legacy(!options.no_legacy)
        .bind(socket)
        .map_err(|error| {
            let action = format!("listen on {}", socket.display());
            cannot_listen(error.kind(), &cannot(&action, &error))
        })?;
    let stop = server.stop_handle()?;
    end_on_signals(move || {
        say(format_args!("wsgi session-server: ending"));
        stop.stop();
    })?;
    say(format_args!("{READY}{}", socket.display()));
    server.run()
}
