//! The output of a program: standard output and standard error.

use std::{
    fmt,
    io::{self, ErrorKind, Read},
    mem,
    os::unix::process::ExitStatusExt,
    process::ExitStatus,
    thread,
    time::{Duration, Instant},
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use wsgi_application::{Disconnected, Environ};
use wsgi_environ::ClientWatch;

use super::{
    head::{self, Answer, Malformed},
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

/// The blocks of standard error that are read without a look at the time.
const MAX_ERROR_BLOCKS: usize = 64;

/// The time between two looks at a program that is about to end.
const LOOK: Duration = Duration::from_millis(2);

/// The output of a program: first its head, then as an iterator its body.
pub(super) struct Output {
    /// `None` once somebody else waits for its end.
    process: Option<Process>,
    waiting: Waiting,
    log: Log,
    /// The bytes of the body that came with the head.
    first: Vec<u8>,
    /// Whether the program has closed its output.
    is_at_end: bool,
    /// Whether the iterator is over, by its end or an error.
    is_over: bool,
}

/// For how long a program is waited for.
struct Waiting {
    /// The deadline of the request.
    deadline: Option<Instant>,
    /// The rest of the program's time. It passes while the program is waited for, and not while the
    /// client is, for the body of the request or to take that of the response.
    left: Duration,
    client: ClientWatch,
    /// When the client was last looked after.
    checked: Instant,
    /// Whether the client gets what is read.
    is_for_client: bool,
}

impl Output {
    pub(super) fn new(process: Process, environ: &Environ, time_limit: Duration, log: Log) -> Self {
        Self {
            process: Some(process),
            waiting: Waiting {
                deadline: environ.deadline(),
                left: time_limit,
                client: ClientWatch::of(environ),
                checked: Instant::now(),
                is_for_client: false,
            },
            log,
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
            if block.is_empty() && bytes.is_empty() {
                return Err(self.invalid("has written nothing"));
            }
            if block.is_empty() {
                return Err(self.malformed("no empty line at its end"));
            }
            bytes.extend_from_slice(&block);
            let end = head::end(&bytes, before);
            // However the head is cut into blocks.
            if end.unwrap_or(bytes.len()) > MAX_HEAD_BYTES {
                return Err(self.malformed("more than 64 KiB"));
            }
            if let Some(end) = end {
                self.first = bytes.split_off(end);
                return head::parse(&bytes).map_err(|Malformed(what)| self.malformed(what));
            }
        }
    }

    fn malformed(&self, what: &str) -> io::Error {
        self.invalid(format_args!("has written a malformed head: {what}"))
    }

    fn invalid(&self, what: impl fmt::Display) -> io::Error {
        io::Error::new(ErrorKind::InvalidData, self.log.message(what))
    }

    /// The messages about the program.
    pub(super) fn log(&self) -> &Log {
        &self.log
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
        let result = self.waiting.read(process, &mut self.log);
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
                let text = format_args!("was ended by signal {signal}");
                return Err(io::Error::other(self.log.message(text)));
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
        self.waiting.is_for_client = true;
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
        if !self.is_at_end || !matches!(process.ended(), Ok(None)) {
            return; // the drop kills it, or it has ended
        }
        // It may have something to do after its output.
        let mut log = self.log.take();
        let thread = thread::Builder::new().name("cgi end".into());
        let _ = thread.spawn(move || wait(&mut process, &mut log, GRACE));
    }
}

impl Waiting {
    /// Reads some bytes of the standard output, and logs those of standard error meanwhile.
    fn read(&mut self, process: &mut Process, log: &mut Log) -> io::Result<Vec<u8>> {
        loop {
            // However often the program writes something that the client does not get.
            if !self.is_for_client && self.checked.elapsed() >= CHECK {
                self.check_client()?;
            }
            let (since, waited) = (Instant::now(), process.body_wait.total());
            let read = self.read_or_wait(since, process, log)?;
            let waited = process.body_wait.total().saturating_sub(waited);
            let time = since.elapsed().saturating_sub(waited);
            self.left = self.left.saturating_sub(time);
            match read {
                Some(block) => {
                    if self.is_for_client {
                        self.client.gets_more();
                    }
                    return Ok(block);
                }
                None => self.check_client()?,
            }
        }
    }

    /// Reads some bytes of the standard output, if there are some within a part of the time.
    fn read_or_wait(
        &self,
        now: Instant,
        process: &mut Process,
        log: &mut Log,
    ) -> io::Result<Option<Vec<u8>>> {
        let until_deadline = self.deadline.map(|at| at.saturating_duration_since(now));
        if self.left.is_zero() || until_deadline.is_some_and(|left| left.is_zero()) {
            return read_rest(process, log).map(Some);
        }
        let left = match process.body_wait.is_on() {
            true => CHECK,
            false => self.left.min(CHECK),
        };
        let most = until_deadline.map_or(left, |most| left.min(most));
        let mut fds = vec![PollFd::new(&process.stdout, PollFlags::IN)];
        let stderr = process.stderr.iter();
        fds.extend(stderr.map(|stderr| PollFd::new(stderr, PollFlags::IN)));
        let timeout = Timespec::try_from(most).map_err(io::Error::other)?;
        match poll(&mut fds, Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let ready: Vec<bool> = fds.iter().map(|fd| !fd.revents().is_empty()).collect();
        drop(fds);
        if ready.get(1) == Some(&true) {
            log.read(process);
        }
        if ready.first() != Some(&true) {
            return Ok(None);
        }
        let mut block = vec![0; BLOCK];
        let read = read(process, &mut block)?;
        block.truncate(read);
        Ok(Some(block))
    }

    /// Fails if the client has left.
    fn check_client(&mut self) -> io::Result<()> {
        self.checked = Instant::now();
        match self.client.has_left(self.checked) {
            true => Err(Disconnected.into()),
            false => Ok(()),
        }
    }
}

/// Reads the rest of the standard output at the deadline. It fails unless the program has closed
/// it by now: a client may be too slow to have taken everything yet.
fn read_rest(process: &mut Process, log: &Log) -> io::Result<Vec<u8>> {
    let mut rest = Vec::new();
    while rest.len() <= MAX_REST_BYTES && is_ready(&process.stdout) {
        let length = rest.len();
        rest.resize(length + BLOCK, 0);
        let read = read(process, &mut rest[length..])?;
        rest.truncate(length + read);
        if read == 0 {
            return Ok(rest);
        }
    }
    let error = TookTooLong(log.message(TookTooLong::WHAT));
    Err(io::Error::new(ErrorKind::TimedOut, error))
}

/// Reads some bytes of the standard output, which has some or is at its end.
fn read(process: &mut Process, block: &mut [u8]) -> io::Result<usize> {
    loop {
        match process.stdout.read(block) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

/// The program took too long, and was killed.
#[derive(Debug)]
pub(super) struct TookTooLong(String);

impl TookTooLong {
    /// The words of a message.
    pub(super) const WHAT: &str = "took too long, and was killed";

    /// Whether it is the cause of an error.
    pub(super) fn is(error: &io::Error) -> bool {
        matches!(error.get_ref(), Some(cause) if cause.is::<Self>())
    }
}

impl fmt::Display for TookTooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TookTooLong {}

/// Waits for the end of a program, and logs what it still writes to standard error.
fn wait(process: &mut Process, log: &mut Log, most: Duration) -> io::Result<Option<ExitStatus>> {
    let until = Instant::now() + most;
    loop {
        let ended = process.ended()?;
        log.read_ready(process, MAX_ERROR_BLOCKS);
        if let Some(status) = ended {
            if let Some(code) = status.code().filter(|&code| code != 0) {
                log.print(format_args!("ended with status {code}"));
            }
            return Ok(ended);
        }
        if Instant::now() >= until {
            return Ok(None);
        }
        thread::sleep(LOOK);
    }
}
