//! Servers on Unix sockets, such as those that keep sessions.

use std::{
    os::unix::net::UnixStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::{peer::terminate, process::Process, program::Program};
use crate::{result::Result, scratch::Scratch};

/// The time limit for a server's start, and for its end.
const PATIENCE: Duration = Duration::from_secs(20);

/// A listening server, ended on drop.
#[derive(Debug)]
pub(super) struct Daemon {
    child: Child,
    pub(super) socket: PathBuf,
}

impl Daemon {
    /// Starts our session server with a file of its own.
    pub(super) fn sessions(program: &Program, scratch: &Scratch) -> Result<Self> {
        let socket = scratch.path("session-server");
        let file = scratch.path("session-server.redb");
        let mut command = program.command();
        command.arg("serve").arg(&socket).arg(file);
        Self::start(command, socket)
    }

    /// Starts Redis. It syncs each write before it answers, or keeps nothing.
    pub(super) fn redis(is_durable: bool, scratch: &Scratch) -> Result<Self> {
        let (name, append) = if is_durable {
            ("redis-durable", "yes")
        } else {
            ("redis", "no")
        };
        let socket = scratch.path(name);
        let mut command = Command::new("redis-server");
        command
            .args(["--port", "0", "--save", "", "--unixsocket"])
            .arg(&socket)
            .arg("--dir")
            .arg(scratch.path(""))
            .args(["--appendonly", append, "--appendfsync", "always"]);
        Self::start(command, socket)
    }

    /// Starts a server that will listen at `socket`.
    pub(super) fn start(mut command: Command, socket: PathBuf) -> Result<Self> {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| format!("{command:?}: {error}"))?;
        let mut daemon = Self { child, socket };
        daemon.wait()?;
        Ok(daemon)
    }

    pub(super) fn process(&self) -> Process {
        Process(self.child.id())
    }

    /// Waits until the server accepts connections.
    fn wait(&mut self) -> Result {
        let deadline = Instant::now() + PATIENCE;
        while UnixStream::connect(&self.socket).is_err() {
            if self.child.try_wait()?.is_some() || Instant::now() > deadline {
                return Err(format!("nothing listens on {}", self.socket.display()).into());
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // A server with child processes ends them only by a signal that it can catch.
        drop(terminate(self.child.id()));
        let deadline = Instant::now() + PATIENCE;
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(10));
        }
        // Fails only if it has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_ends_at_once_is_an_error() {
        let start = Daemon::start(Command::new("true"), "/nowhere/socket".into());
        assert!(start.is_err());
    }
}
