//! Going into the background.
//!
//! The program starts itself again, told to let go of the terminal, and ends when that one says
//! that it is ready. A process that has threads already must not fork and go on.

use std::{
    env,
    io::{self, BufRead, BufReader},
    path::absolute,
    process::{Command, Stdio},
};

use crate::{
    command::{self, SessionServer},
    say,
};

/// What is said when clients can come, before the path of the socket. A daemon is ready then.
pub(crate) const READY: &str = "wsgi session-server: serving on ";

/// Starts the session server in the background, and returns when clients can come.
///
/// # Errors
///
/// It did not get that far; the message is its own.
pub(crate) fn start(options: &SessionServer) -> io::Result<()> {
    let mut program = Command::new(env::current_exe()?);
    program.args(["session-server", "--detached", "--socket"]);
    program.arg(absolute(&options.socket)?);
    program.arg("--database").arg(absolute(&options.database)?);
    if let Some(path) = &options.pid_file {
        program.arg("--pid-file").arg(absolute(path)?);
    }
    if options.no_legacy {
        program.arg("--no-legacy");
    }
    // A daemon in a folder would keep it from being unmounted.
    let mut daemon = program
        .env_remove(command::DAEMON)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut said = String::from("it ended before it was ready");
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

/// Lets go of the terminal and of the shell's group of processes.
pub(crate) fn detach() {
    // It fails for who leads a group already, and so has what is asked for.
    let _ = rustix::process::setsid();
}
