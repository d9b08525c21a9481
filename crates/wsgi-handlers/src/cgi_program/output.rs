//! The output of a program: standard output and standard error.

use std::{
    io::{self, ErrorKind, Read},
    mem,
    os::unix::process::ExitStatusExt,
    process::ExitStatus,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use wsgi_application::{Disconnected, Environ};
use wsgi_environ::Connection;

use super::{
    head::{self, Answer},
    log::Log,
    process::{Process, is_ready},
};

/// The longest head.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// The bytes that may be left at the deadline: as many as a pipe has.
const MAX_REST_BYTES: usize = 64 * 1024;

/// The bytes that are read at once.
const BLOCK: usize = 16 * 1024;

/// The time between two looks at whether the client is there.
const CHECK: Duration = Duration::from_millis(500);

/// The time that a program has to end after it has closed its output.
const GRACE: Duration = Duration::from_secs(5);

/// The time for which the end of the response waits for the end of the program.
const PATIENCE: Duration = Duration::from_secs(1);

/// The time between two looks at a program that is about to end.
const LOOK: Duration = Duration::from_millis(2);

/// The output of a program: first its head, then as an iterator its body.
pub(super) struct Output {
    /// `None` once somebody else waits for its end.
    process: Option<Process>,
    deadline: Option<Instant>,
    connection: Option<Arc<dyn Connection>>,
    log: Log,
    /// The bytes of the body that came with the head.
    first: Vec<u8>,
    /// Whether the program has closed its output.
    is_at_end: bool,
    /// Whether the iterator is over, by its end or an error.
    is_over: bool,
}

impl Output {
    pub(super) fn new(process: Process, environ: &Environ, deadline: Option<Instant>) -> Self {
        Self {
            process: Some(process),
            deadline,
            connection: environ.connection(),
            log: Log::new(environ.errors().clone()),
            first: Vec::new(),
            is_at_end: false,
            is_over: false,
        }
    }

    /// Reads the head.
    pub(super) fn read_head(&mut self) -> io::Result<Answer> {
        let mut bytes = Vec::new();
        loop {
            let before = bytes.len();
            let block = self.read()?;
            if block.is_empty() {
                return Err(head::malformed("no empty line at its end"));
            }
            bytes.extend_from_slice(&block);
            if let Some(end) = head::end(&bytes, before) {
                self.first = bytes.split_off(end);
                return head::parse(&bytes);
            }
            if bytes.len() > MAX_HEAD_BYTES {
                return Err(head::malformed("more than 64 KiB"));
            }
        }
    }

    /// Reads what follows a head that needs no body, to its end.
    pub(super) fn skip_body(&mut self) -> io::Result<()> {
        while !self.read()?.is_empty() {}
        Ok(())
    }

    /// Reads some bytes; none at the end.
    fn read(&mut self) -> io::Result<Vec<u8>> {
        let Some(process) = &mut self.process else {
            return Ok(Vec::new());
        };
        let result = read(
            process,
            &mut self.log,
            self.deadline,
            self.connection.as_deref(),
        );
        if result.is_err() {
            process.kill();
        }
        let block = result?;
        if block.is_empty() {
            self.is_at_end = true;
            let ended = wait(process, &mut self.log, PATIENCE)?;
            if let Some(error) = process.take_input_error() {
                return Err(error);
            }
            if let Some(signal) = ended.and_then(|status| status.signal()) {
                let text = format!("a CGI program was ended by signal {signal}");
                return Err(io::Error::other(text));
            }
        }
        Ok(block)
    }
}

impl Iterator for Output {
    type Item = io::Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        if !self.first.is_empty() {
            return Some(Ok(mem::take(&mut self.first)));
        }
        match self.read() {
            Ok(block) if block.is_empty() => {
                self.is_over = true;
                None
            }
            Ok(block) => Some(Ok(block)),
            Err(error) => {
                self.is_over = true;
                Some(Err(error))
            }
        }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        let Some(mut process) = self.process.take() else {
            return;
        };
        let is_gone = self
            .connection
            .as_ref()
            .is_some_and(|connection| !connection.is_connected());
        if !self.is_at_end || is_gone || !matches!(process.ended(), Ok(None)) {
            return; // the drop kills it, or it has ended
        }
        // It may have something to do after its output.
        let mut log = self.log.take();
        let thread = thread::Builder::new().name("cgi end".into());
        let _ = thread.spawn(move || wait(&mut process, &mut log, GRACE));
    }
}

/// Reads some bytes of the standard output, and logs those of standard error meanwhile.
fn read(
    process: &mut Process,
    log: &mut Log,
    deadline: Option<Instant>,
    connection: Option<&dyn Connection>,
) -> io::Result<Vec<u8>> {
    loop {
        let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
        if left == Some(Duration::ZERO) {
            return read_rest(process);
        }
        let wait = left.map_or(CHECK, |left| left.min(CHECK));
        let mut fds = vec![PollFd::new(&process.stdout, PollFlags::IN)];
        fds.extend(
            process
                .stderr
                .iter()
                .map(|stderr| PollFd::new(stderr, PollFlags::IN)),
        );
        let timeout = Timespec::try_from(wait).map_err(io::Error::other)?;
        match poll(&mut fds, Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let ready: Vec<bool> = fds.iter().map(|fd| !fd.revents().is_empty()).collect();
        drop(fds);
        if ready.get(1) == Some(&true) {
            log.read(process);
        }
        if ready.first() == Some(&true) {
            let mut block = vec![0; BLOCK];
            match process.stdout.read(&mut block) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                read => block.truncate(read?),
            }
            return Ok(block);
        }
        if connection.is_some_and(|connection| !connection.is_connected()) {
            return Err(Disconnected.into());
        }
    }
}

/// Reads the rest of the standard output at the deadline. It fails unless the program has closed
/// it by now: a client may be too slow to have taken everything yet.
fn read_rest(process: &mut Process) -> io::Result<Vec<u8>> {
    let mut rest = Vec::new();
    while rest.len() <= MAX_REST_BYTES && is_ready(&process.stdout) {
        let length = rest.len();
        rest.resize(length + BLOCK, 0);
        let read = process.stdout.read(&mut rest[length..])?;
        rest.truncate(length + read);
        if read == 0 {
            return Ok(rest);
        }
    }
    let text = "a CGI program took too long";
    Err(io::Error::new(ErrorKind::TimedOut, text))
}

/// Waits for the end of a program, and logs what it still writes to standard error.
fn wait(process: &mut Process, log: &mut Log, most: Duration) -> io::Result<Option<ExitStatus>> {
    let until = Instant::now() + most;
    loop {
        let ended = process.ended()?;
        log.read_ready(process);
        if let Some(status) = ended {
            if let Some(code) = status.code().filter(|&code| code != 0) {
                log.print(format_args!("a CGI program ended with status {code}"));
            }
            return Ok(ended);
        }
        if Instant::now() >= until {
            return Ok(None);
        }
        thread::sleep(LOOK);
    }
}
