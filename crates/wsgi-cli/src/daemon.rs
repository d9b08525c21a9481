//! Going into the background.
//!
//! The program starts itself a second time, as a process that leaves the terminal, and ends once
//! that process reports that it is ready. It does not fork, because it may already have threads.

use std::{
    env,
    io::{self, BufRead, BufReader},
    path::absolute,
    process::{Command, Stdio},
};

use wsgi::server::ServiceManager;

use crate::{
    command::{self, SessionServer},
    say::say,
};

/// The start of the line that reports readiness; the path of the socket follows.
pub(crate) const READY: &str = "wsgi session-server: serving on ";

/// Starts the session server in the background, and returns once clients can connect.
///
/// # Errors
///
/// The server ended before that. The message is the server's.
pub(crate) fn start(options: &SessionServer) -> io::Result<()> {
    let (socket, database) = options.places()?;
    let mut program = Command::new(env::current_exe()?);
    program.args(["session-server", "--detached", "--socket"]);
    program.arg(absolute(socket)?);
    program.arg("--database").arg(absolute(database)?);
    if let Some(path) = &options.pid_file {
        program.arg("--pid-file").arg(absolute(path)?);
    }
    if options.no_legacy {
        program.arg("--no-legacy");
    }
    ServiceManager::hide_from(&mut program);
    // A file system cannot be unmounted while a process works in it.
    let mut daemon = program
        .env_remove(command::DAEMON)
        .env_remove("WSGI_SETTINGS") // its settings are among the arguments
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut said = String::from("the server ended before it was ready");
    for line in daemon
        .stderr
        .take()
        .into_iter()
        .flat_map(|errors| BufReader::new(errors).lines())
    {
        let line = line?;
        if line.starts_with(READY) {
            say(line);
            return Ok(());
        }
        said = line;
    }
    daemon.wait()?;
    let message = said.strip_prefix("wsgi: ").unwrap_or(&said);
    Err(io::Error::other(message.to_owned()))
}

/// Leaves the terminal and the shell's process group.
pub(crate) fn detach() {
    // This fails only for the leader of a process group, which has left the shell's already.
    let _ = rustix::process::setsid();
}
