//! A running program.

use std::{
    io::{self, BufRead, Write},
    os::{fd::AsFd, unix::process::CommandExt},
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
    thread,
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use wsgi_environ::{Input, InputError};

use super::{body_wait::BodyWait, life::Life, running::Place};

/// A running program with its streams. It is the leader of a process group.
pub(super) struct Process {
    child: Child,
    life: Life,
    pub(super) stdout: ChildStdout,
    /// `None` after its end.
    pub(super) stderr: Option<ChildStderr>,
    pub(super) body_wait: BodyWait,
    /// Free again after the drop, which waits for the end of the process.
    _place: Place,
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
        let life = Life::new(&child);
        place.hold(&life);
        let streams = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (stdin, Some(stdout), stderr) = streams else {
            return Err(io::ErrorKind::BrokenPipe.into()); // never, since they are piped
        };
        let body_wait = BodyWait::default();
        let process = Self {
            child,
            life: life.clone(),
            stdout,
            stderr,
            body_wait: body_wait.clone(),
            _place: place,
        };
        if let Some(stdin) = stdin {
            let copy = move || match copy(input, stdin, &body_wait) {
                Ok(Some(open)) => life.keep_open(open),
                Ok(None) => {}
                // Without the whole body, the program must not go on.
                Err(error) => life.kill_without_body(error),
            };
            let thread = thread::Builder::new().name("cgi input".into());
            thread.spawn(copy)?; // the drop kills the program
        }
        Ok(process)
    }

    /// Kills the program and its children.
    pub(super) fn kill(&self) {
        self.life.kill();
    }

    /// The end of the program; `None` if it runs.
    pub(super) fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.life.ended(&mut self.child)
    }

    /// The error of the request's body, because of which the program was killed.
    pub(super) fn take_input_error(&self) -> Option<io::Error> {
        self.life.take_input_error()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.life.finish(&mut self.child);
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
fn copy(
    mut input: Input,
    mut stdin: ChildStdin,
    body_wait: &BodyWait,
) -> io::Result<Option<ChildStdin>> {
    let mut has_begun = false;
    loop {
        let is_whole = !has_begun || input.remaining() == Some(0);
        let waiting = body_wait.begin();
        let filled = input.fill_buf();
        drop(waiting);
        let block = match filled {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
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
