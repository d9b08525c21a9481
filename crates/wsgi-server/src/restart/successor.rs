//! A program that takes over from this process.

use std::{
    fs::File,
    io::{self, Read, Write},
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::net::UnixStream,
    },
    process::{Child, Command, ExitStatus},
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use rustix::{
    io::Errno,
    process::{Pid, WaitId, WaitIdOptions, WaitIdStatus, waitid},
};

use super::{
    ALIVE, PROBE, READY, RETIRE, VARIABLE, VERSION, identity, passing,
    successor_news::SuccessorNews, timely::Timely,
};
use crate::listeners::listener::Listener;
#[cfg(feature = "tls")]
use crate::tls::tickets::keys::TicketKeys;

/// The time that the program may take to make room for the sockets, before it reads them.
const PATIENCE: Duration = Duration::from_secs(10);

/// The time that a program may take to end after its channel, in which it can still say why.
const GRACE: Duration = Duration::from_secs(2);

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
///         let _ = successor.kill();
///         let _ = successor.wait();
///         return Err(error);
///     }
///     // This process will end, so it leaves the files of its Unix sockets.
///     listeners.iter().for_each(Listener::leave_file);
///     handle.retire(Duration::from_secs(30));
///     Ok(())
/// }
/// ```
///
/// # Under systemd
///
/// The unit has `Type=notify` and `NotifyAccess=all`: the new process is not yet the main process
/// of the unit when it says that it is ([`Predecessor`](crate::Predecessor)). It inherits
/// `NOTIFY_SOCKET` and `WATCHDOG_USEC`, and gives the signs of life from then on; a server that
/// [retires](crate::Handle::retire) gives none. The program calls
/// [`ServiceManager::reloading`](crate::ServiceManager::reloading) before it starts the successor,
/// and [`ready`](crate::ServiceManager::ready) if the successor fails.
///
/// A program whose first process stays, as that of the program `wsgi` does, needs neither: it
/// [hides](crate::ServiceManager::hide_from) the service manager from the command, and
/// [asks](Self::probe) the successor for signs of life before it gives its own.
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
    pub fn start(command: Command, listeners: &[Listener]) -> io::Result<Self> {
        Self::start_with(command, listeners, &[])
    }

    /// Starts a program as [`start`](Self::start) does, and passes the keys of tickets of TLS
    /// sessions to it, so that clients resume the sessions of this process. They follow each other
    /// in the new process as they do here. They are in memory alone, and are not those that a file
    /// contains later: a program with keys of a [file](TicketKeys::from_file) reads the file.
    ///
    /// ```no_run
    /// use std::process::Command;
    /// use wsgi_server::{Predecessor, Successor, TicketKeys, Tls};
    ///
    /// // In the new process:
    /// let predecessor = Predecessor::from_env()?;
    /// let listeners = predecessor.as_ref().map(Predecessor::receive_listeners).transpose()?;
    /// let keys = predecessor.as_ref().and_then(Predecessor::ticket_keys);
    /// let keys = keys.map_or_else(TicketKeys::random, Ok)?;
    /// let tls = Tls::builder()
    ///     .certificate_files("fullchain.pem", "privkey.pem")
    ///     .ticket_keys(keys.clone())
    ///     .build()?;
    /// # let listeners = listeners.unwrap_or_default();
    ///
    /// // At a restart:
    /// let command = Command::new("/usr/local/bin/hello");
    /// let successor = Successor::start_with_ticket_keys(command, &listeners, &keys)?;
    /// # let _ = (tls, successor);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// Needs the feature `tls`.
    ///
    /// # Errors
    ///
    /// Those of [`start`](Self::start).
    #[cfg(feature = "tls")]
    pub fn start_with_ticket_keys(
        command: Command,
        listeners: &[Listener],
        keys: &TicketKeys,
    ) -> io::Result<Self> {
        Self::start_with(command, listeners, &keys.to_be_passed())
    }

    fn start_with(mut command: Command, listeners: &[Listener], keys: &[u8]) -> io::Result<Self> {
        let (channel, other) = UnixStream::pair()?;
        for name in OWN {
            command.env_remove(name);
        }
        let other = File::from(OwnedFd::from(other));
        let value = format!("{VERSION}:{}", identity(&other.metadata()?));
        let command = command.env(VARIABLE, value).stdin(other);
        let mut child = command.spawn()?;
        // The command holds the other end, which must end with the program.
        command.stdin(std::process::Stdio::null());
        match passing::send(&Timely::new(&channel, PATIENCE), listeners, keys) {
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
    /// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof): the program has ended, and the text of the
    /// error tells with which status; or it has closed its standard input, and has not ended two
    /// seconds later, or within `timeout`. A program that fails has written why to its standard
    /// error by then.
    /// [`TimedOut`](io::ErrorKind::TimedOut): it is not ready after this time.
    ///
    /// ```
    /// use std::{process::Command, time::Duration};
    /// use wsgi_server::Successor;
    ///
    /// // A program that ends without a word.
    /// let successor = Successor::start(Command::new("true"), &[])?;
    /// let error = successor.wait_until_ready(Duration::from_secs(10)).unwrap_err();
    /// assert_eq!(error.to_string(), "the program has ended: exit status: 0");
    /// assert!(successor.wait()?.success());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn wait_until_ready(&self, timeout: Duration) -> io::Result<()> {
        let begin = Instant::now();
        self.wait_for(READY, timeout)
            .map_err(|error| match error.kind() {
                io::ErrorKind::TimedOut => {
                    let problem = format!("the program is not ready after {timeout:?}");
                    io::Error::new(io::ErrorKind::TimedOut, problem)
                }
                io::ErrorKind::UnexpectedEof => {
                    self.end_of_channel(timeout.saturating_sub(begin.elapsed()))
                }
                _ => error,
            })
    }

    /// Why no further message comes. A program that returns an error from its main function closes
    /// the channel first, and then prints the error: one that is killed at once never gets there.
    fn end_of_channel(&self, left: Duration) -> io::Error {
        if !self.wait_for_end(left.min(GRACE)) {
            let problem = "the program has closed its standard input, and has not ended";
            return io::Error::new(io::ErrorKind::UnexpectedEof, problem);
        }
        match self.status() {
            Some(status) => {
                let problem = format!("the program has ended: {status}");
                io::Error::new(io::ErrorKind::UnexpectedEof, problem)
            }
            None => has_ended(),
        }
    }

    /// Asks the program whether every loop of its server turns. Ask it when it is ready, and not
    /// again before its [answer](Self::wait_for_answer). It answers while it
    /// [waits](crate::Predecessor::wait_for_retirement) to be told to retire.
    ///
    /// A program that supervises others gives its own signs of life to a service manager only if
    /// all of them have answered.
    ///
    /// # Errors
    ///
    /// The program has ended.
    pub fn probe(&self) -> io::Result<()> {
        (&Timely::new(&self.channel, PATIENCE)).write_all(&[PROBE])
    }

    /// Waits for the answer to a [question](Self::probe): every loop has turned since.
    ///
    /// # Errors
    ///
    /// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof): the program has ended.
    /// [`TimedOut`](io::ErrorKind::TimedOut): it has not answered after this time.
    pub fn wait_for_answer(&self, timeout: Duration) -> io::Result<()> {
        self.wait_for(ALIVE, timeout)
    }

    /// Waits for news of a program that serves: an answer to a [question](Self::probe), or that it
    /// is [ready](crate::Predecessor::tell_ready) again.
    ///
    /// ```
    /// use std::{io, process::Command, time::Duration};
    /// use wsgi_server::Successor;
    ///
    /// // A program that ends without a word.
    /// let successor = Successor::start(Command::new("true"), &[])?;
    /// let error = successor.wait_for_news(Duration::from_secs(60)).unwrap_err();
    /// assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    /// assert!(successor.wait()?.success());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof): the program has ended.
    /// [`TimedOut`](io::ErrorKind::TimedOut): there is nothing new after this time.
    pub fn wait_for_news(&self, timeout: Duration) -> io::Result<SuccessorNews> {
        self.wait_until(SuccessorNews::from_byte, timeout)
    }

    fn wait_for(&self, expected: u8, timeout: Duration) -> io::Result<()> {
        self.wait_until(|byte| (byte == expected).then_some(()), timeout)
    }

    /// Waits for a byte that has a meaning here.
    fn wait_until<T>(&self, meaning: impl Fn(u8) -> Option<T>, timeout: Duration) -> io::Result<T> {
        let end = Instant::now().checked_add(timeout);
        let mut byte = [0];
        loop {
            if let Some(meaning) = meaning(byte[0]) {
                return Ok(meaning);
            }
            let left = end.map(|end| end.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.channel.set_read_timeout(left)?;
            match (&self.channel).read(&mut byte) {
                Ok(0) => return Err(has_ended()),
                Err(error) if is_end(error.kind()) => return Err(has_ended()),
                Err(error) if is_pause(error.kind()) => {}
                result => drop(result?),
            }
        }
    }

    /// Waits until the program has ended, but not longer than this time. Returns whether it has.
    /// Until [`wait`](Self::wait), its id is not used for another process. What the program says
    /// meanwhile is dropped, so do not wait for its end and for its answer at once.
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
        !matches!(self.look(), Ok(None) | Err(Errno::INTR))
    }

    /// The status of a program that has ended.
    fn status(&self) -> Option<ExitStatus> {
        status_of(self.look().ok().flatten()?)
    }

    /// Looks whether the program has ended. The system keeps its status.
    fn look(&self) -> rustix::io::Result<Option<WaitIdStatus>> {
        let id = i32::try_from(self.id).ok().and_then(Pid::from_raw);
        let id = id.ok_or(Errno::CHILD)?;
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        waitid(WaitId::Pid(id), options)
    }

    /// Asks the program to retire, because a further program has taken over from it.
    ///
    /// # Errors
    ///
    /// The program has ended.
    pub fn retire(&self) -> io::Result<()> {
        (&Timely::new(&self.channel, PATIENCE)).write_all(&[RETIRE])
    }

    /// Ends the program at once. The system keeps its status until [`wait`](Self::wait).
    ///
    /// # Errors
    ///
    /// The system refuses to.
    ///
    /// ```
    /// use std::{process::Command, time::Duration};
    /// use wsgi_server::{Successor, TicketKeys};
    ///
    /// let mut command = Command::new("sleep");
    /// command.arg("1000");
    /// let successor = Successor::start_with_ticket_keys(command, &[], &TicketKeys::random()?)?;
    /// assert!(!successor.wait_for_end(Duration::ZERO));
    /// // A server would answer the first, and end at the second.
    /// successor.probe()?;
    /// assert!(successor.wait_for_answer(Duration::from_millis(10)).is_err());
    /// successor.retire()?;
    /// successor.kill()?;
    /// assert!(!successor.wait()?.success());
    /// # Ok::<(), std::io::Error>(())
    /// ```
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

/// The channel from the program. It can be read from when a message of the program is there, and
/// when it has ended. Only wait for that, for example with `poll`: a byte that is read here is
/// missed by the methods. That of the crate `rustix` needs its feature `event`.
///
/// ```
/// use std::{io, process::Command, time::Duration};
/// use rustix::event::{PollFd, PollFlags, poll};
/// use wsgi_server::Successor;
///
/// // A program that ends without a word, which could be one of many.
/// let successor = Successor::start(Command::new("true"), &[])?;
/// let mut channels = [PollFd::new(&successor, PollFlags::IN)];
/// assert_eq!(poll(&mut channels, None)?, 1);
/// let error = successor.wait_until_ready(Duration::from_secs(1)).unwrap_err();
/// assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
/// assert!(successor.wait()?.success());
/// # Ok::<(), io::Error>(())
/// ```
impl AsFd for Successor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.channel.as_fd()
    }
}

/// The status of a program that has ended.
#[cfg(not(target_os = "netbsd"))]
fn status_of(end: WaitIdStatus) -> Option<ExitStatus> {
    use std::os::unix::process::ExitStatusExt;

    // The form of wait(2).
    let code = end.exit_status().map(|code| (code & 0xff) << 8);
    let raw = code.or_else(|| end.terminating_signal())?;
    Some(ExitStatus::from_raw(raw))
}

/// On NetBSD, rustix does not tell it. [`Successor::wait`] does.
#[cfg(target_os = "netbsd")]
fn status_of(_end: WaitIdStatus) -> Option<ExitStatus> {
    None
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

fn has_ended() -> io::Error {
    let problem = "the program has ended";
    io::Error::new(io::ErrorKind::UnexpectedEof, problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(script: &str, problem: &str) {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let successor = Successor::start(command, &[]).unwrap();
        let error = successor.wait_until_ready(Duration::from_secs(30));
        let error = error.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(error.to_string(), problem);
        let _ = successor.kill();
        let status = successor.wait().unwrap();
        assert!(error.to_string().ends_with(&status.to_string()), "{status}");
    }

    #[test]
    #[cfg_attr(target_os = "netbsd", ignore = "the status is not known there")]
    fn a_program_that_fails_has_time_to_say_why() {
        // As a main function that returns an error: the channel ends before that is printed.
        let script = "exec </dev/null; sleep 0.3; exit 3";
        check(script, "the program has ended: exit status: 3");
        check("kill -9 $$", "the program has ended: signal: 9 (SIGKILL)");
    }
}
