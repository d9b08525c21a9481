//! A running program.

use std::{
    io::{self, BufRead, Write},
    os::{fd::AsFd, unix::process::CommandExt},
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::{Pid, Signal, kill_process_group},
};
use wsgi_environ::{Input, InputError};

use super::running::Place;

/// A running program with its streams. It is the leader of a process group.
pub(super) struct Process {
    child: Child,
    group: Option<Pid>,
    pub(super) stdout: ChildStdout,
    /// `None` after its end.
    pub(super) stderr: Option<ChildStderr>,
    end: Arc<Mutex<End>>,
    /// Free again after the drop, which waits for the end of the process.
    _place: Place,
}

/// The end of a program, and the reason for it. The lock makes sure that nobody kills a process
/// which was waited for: another one may have its number.
#[derive(Default)]
struct End {
    exit: Option<ExitStatus>,
    /// The error that ended the body of the request.
    input_error: Option<io::Error>,
    /// The standard input, if the rest of the body can no longer be read: its end would look like
    /// that of the body.
    open_input: Option<ChildStdin>,
}

impl Process {
    /// Starts a program, and a thread that gives it the body of the request, if there is one.
    pub(super) fn start(command: &mut Command, input: Input, place: Place) -> io::Result<Self> {
        let has_body = input.remaining() != Some(0);
        let stdin = if has_body {
            Stdio::piped()
        } else {
            Stdio::null()
        };
        command
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.process_group(0).spawn()?;
        let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let streams = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (stdin, Some(stdout), stderr) = streams else {
            return Err(io::ErrorKind::BrokenPipe.into()); // never, since they are piped
        };
        let process = Self {
            child,
            group,
            stdout,
            stderr,
            end: Arc::default(),
            _place: place,
        };
        if let Some(stdin) = stdin {
            let end = process.end.clone();
            let copy = move || {
                let copied = copy(input, stdin);
                let mut end = end.lock().unwrap_or_else(PoisonError::into_inner);
                match copied {
                    Ok(open) => end.open_input = open,
                    Err(error) => {
                        // Without the whole body, the program must not go on.
                        end.kill(group);
                        end.input_error = Some(error);
                    }
                }
            };
            let thread = thread::Builder::new().name("cgi input".into());
            thread.spawn(copy)?; // the drop kills the program
        }
        Ok(process)
    }

    /// Kills the program and its children.
    pub(super) fn kill(&self) {
        self.end().kill(self.group);
    }

    /// The end of the program; `None` if it runs.
    pub(super) fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        let mut end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        if end.exit.is_none() {
            end.exit = self.child.try_wait()?;
        }
        Ok(end.exit)
    }

    /// The error of the request's body, because of which the program was killed.
    pub(super) fn take_input_error(&self) -> Option<io::Error> {
        self.end().input_error.take()
    }

    fn end(&self) -> MutexGuard<'_, End> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let mut end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        if end.exit.is_none() {
            end.kill(self.group);
            end.exit = self.child.wait().ok(); // soon, since nothing outlives SIGKILL
        }
    }
}

impl End {
    fn kill(&self, group: Option<Pid>) {
        if let (None, Some(group)) = (self.exit, group) {
            let _ = kill_process_group(group, Signal::KILL); // it may have ended
        }
    }
}

/// Whether a stream has something to read, or is at its end.
pub(super) fn is_ready(stream: &impl AsFd) -> bool {
    let mut fds = [PollFd::new(stream, PollFlags::IN)];
    let now = Timespec::default();
    poll(&mut fds, Some(&now)).is_ok_and(|ready| ready > 0)
}

/// Copies the body of a request. A program may close its input, or end, before it has read
/// everything. It may also answer, or be done with the request, before the copy begins to read: it
/// then finds no body. If the request is over halfway, the input is returned, to be kept open: the
/// program may do other work, but must not take a part for the whole. Other errors of the body are
/// returned.
fn copy(mut input: Input, mut stdin: ChildStdin) -> io::Result<Option<ChildStdin>> {
    let mut has_begun = false;
    loop {
        let is_whole = !has_begun || input.remaining() == Some(0);
        let block = match input.fill_buf() {
            Err(error) if InputError::of(&error) == Some(&InputError::Closed) => {
                return Ok((!is_whole).then_some(stdin));
            }
            block => block?,
        };
        if block.is_empty() || stdin.write_all(block).is_err() {
            return Ok(None);
        }
        let length = block.len();
        input.consume(length);
        has_begun = true;
    }
}
