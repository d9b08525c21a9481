//! A program that takes over from this process.

use std::{
    io::{self, Read, Write},
    os::{fd::OwnedFd, unix::net::UnixStream},
    process::{Child, Command, ExitStatus},
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use rustix::{
    io::Errno,
    process::{Pid, WaitId, WaitIdOptions, waitid},
};

use super::{READY, RETIRE, VARIABLE, VERSION, passing};
use crate::listeners::listener::Listener;

/// The time that the program may take to make room for the sockets, before it reads them.
const PATIENCE: Duration = Duration::from_secs(10);

/// The longest pause between two looks whether a program has ended that has closed its channel.
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// The variables about sockets and about the watchdog of this process.
const OWN: [&str; 4] = ["LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PID", "WATCHDOG_PID"];

/// A program that takes over the listening sockets of this process. It finds this process as its
/// [`Predecessor`](crate::Predecessor).
///
/// Once it is ready, both processes accept clients, until this one
/// [retires](crate::Handle::retire). If it does not become ready, nothing has changed. After a
/// drop, it goes on.
///
/// A program that is replaced in this way does the following when it is asked to, for example by
/// SIGUSR2:
///
/// ```no_run
/// use std::{env, io, process::Command, time::Duration};
/// use wsgi_server::{Handle, Listener, Successor};
///
/// fn restart(handle: &Handle) -> io::Result<()> {
///     let mut arguments = env::args_os();
///     // The path of the program, where a newer version may lie by now.
///     let mut command = Command::new(arguments.next().unwrap_or_default());
///     command.args(arguments);
///     let listeners = handle.listeners()?;
///     let successor = Successor::start(command, &listeners)?;
///     if let Err(error) = successor.wait_until_ready(Duration::from_secs(60)) {
///         successor.kill()?;
///         return Err(error);
///     }
///     // This process will end, so it leaves the files of its Unix sockets.
///     listeners.iter().for_each(Listener::leave_file);
///     handle.retire(Duration::from_secs(30));
///     Ok(())
/// }
/// ```
///
/// Needs the feature `restart`.
#[derive(Debug)]
pub struct Successor {
    id: u32,
    child: Mutex<Child>,
    channel: UnixStream,
}

impl Successor {
    /// Starts a program and passes these sockets to it. Its standard input leads to this process.
    /// It does not get the variables about the sockets and the watchdog of this process
    /// (`LISTEN_FDS` and the like, `WATCHDOG_PID`).
    ///
    /// # Errors
    ///
    /// The program cannot be started, or there are more than 128 sockets.
    pub fn start(mut command: Command, listeners: &[Listener]) -> io::Result<Self> {
        let (channel, other) = UnixStream::pair()?;
        channel.set_write_timeout(Some(PATIENCE))?;
        for name in OWN {
            command.env_remove(name);
        }
        let command = command.env(VARIABLE, VERSION).stdin(OwnedFd::from(other));
        let mut child = command.spawn()?;
        // The command holds the other end, which must end with the program.
        command.stdin(std::process::Stdio::null());
        match passing::send(&channel, listeners) {
            // It has ended already, which the wait for it tells.
            Err(error) if is_end(error.kind()) => {}
            Err(error) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(error);
            }
            Ok(()) => {}
        }
        Ok(Self {
            id: child.id(),
            child: Mutex::new(child),
            channel,
        })
    }

    /// The id of the process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Waits until the program serves.
    ///
    /// # Errors
    ///
    /// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof): the program has ended.
    /// [`TimedOut`](io::ErrorKind::TimedOut): it is not ready after this time.
    pub fn wait_until_ready(&self, timeout: Duration) -> io::Result<()> {
        let end = Instant::now().checked_add(timeout);
        let mut byte = [0];
        while byte != [READY] {
            let left = end.map(|end| end.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                let problem = format!("the program is not ready after {timeout:?}");
                return Err(io::Error::new(io::ErrorKind::TimedOut, problem));
            }
            self.channel.set_read_timeout(left)?;
            match (&self.channel).read(&mut byte) {
                Ok(0) => return Err(ended_early()),
                Err(error) if is_end(error.kind()) => return Err(ended_early()),
                Err(error) if is_pause(error.kind()) => {}
                result => drop(result?),
            }
        }
        Ok(())
    }

    /// Waits until the program has ended, but not longer than this time. Returns whether it has.
    /// Until [`wait`](Self::wait), its id is not used for another process.
    #[must_use]
    pub fn wait_for_end(&self, timeout: Duration) -> bool {
        let end = Instant::now().checked_add(timeout);
        let left = || match end {
            Some(end) => end.saturating_duration_since(Instant::now()),
            None => Duration::MAX,
        };
        // The channel ends when the program does, or shortly before.
        let mut bytes = [0; 16];
        while !left().is_zero() && self.channel.set_read_timeout(end.map(|_| left())).is_ok() {
            match (&self.channel).read(&mut bytes) {
                Ok(0) => break,
                Err(error) if !is_pause(error.kind()) => break,
                _ => {}
            }
        }
        let mut pause = Duration::from_millis(1);
        while !self.has_ended() {
            if left().is_zero() {
                return false;
            }
            thread::sleep(pause.min(left()));
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        true
    }

    /// Whether the program has ended, as far as the system tells.
    fn has_ended(&self) -> bool {
        let Some(id) = i32::try_from(self.id).ok().and_then(Pid::from_raw) else {
            return true;
        };
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        !matches!(
            waitid(WaitId::Pid(id), options),
            Ok(None) | Err(Errno::INTR)
        )
    }

    /// Asks the program to retire, because a further program has taken over from it.
    ///
    /// # Errors
    ///
    /// The program has ended.
    pub fn retire(&self) -> io::Result<()> {
        (&self.channel).write_all(&[RETIRE])
    }

    /// Ends the program at once.
    ///
    /// # Errors
    ///
    /// The system refuses to.
    pub fn kill(&self) -> io::Result<()> {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        child.kill()
    }

    /// Waits for the end of the program, and returns its status.
    ///
    /// # Errors
    ///
    /// The system does not tell the status.
    pub fn wait(&self) -> io::Result<ExitStatus> {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        child.wait()
    }
}

fn is_pause(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};

    matches!(kind, Interrupted | TimedOut | WouldBlock)
}

fn is_end(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset
    )
}

fn ended_early() -> io::Error {
    let problem = "the program has ended before it was ready";
    io::Error::new(io::ErrorKind::UnexpectedEof, problem)
}
