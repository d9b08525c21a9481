//! The program as a process, and a client of it.

#![allow(dead_code, unused_imports)] // each test uses a part

mod inherited;
mod lines;
mod readiness;

use std::{
    fs,
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use self::readiness::Readiness;
pub(crate) use self::{inherited::inherit, lines::Lines};

/// The time that a test waits for an event: longer than a busy machine takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A process of the program that serves, killed on drop.
pub(crate) struct Program {
    pub(crate) process: Child,
    errors: Lines,
    /// The first address that it serves on.
    pub(crate) address: String,
    /// All places that it serves on, such as `http://127.0.0.1:8000`.
    pub(crate) places: Vec<String>,
    /// Its data directory, if it is temporary.
    data: Option<TempDir>,
    /// Its service manager, if it has one.
    readiness: Option<Readiness>,
}

impl Program {
    /// Starts the program with a temporary data directory, and waits until it serves.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let data = TempDir::new().expect("a folder");
        let mut command = Command::new(env!("CARGO_BIN_EXE_wsgi"));
        command.args(arguments).env("XDG_DATA_HOME", data.path());
        // What a program leaves behind that is killed goes with the test.
        command.env("TMPDIR", data.path());
        let mut program = Self::of(command);
        program.data = Some(data);
        program
    }

    /// Starts the program with this data directory, and waits until it serves.
    pub(crate) fn start_in(data: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wsgi"));
        command.args(arguments).env("XDG_DATA_HOME", data);
        Self::of(command)
    }

    /// Runs a command that becomes the program, and waits until it serves.
    pub(crate) fn of(mut command: Command) -> Self {
        let readiness = Readiness::of(&mut command);
        let mut program = Self::without_address(command);
        program.read_address();
        readiness.iter().for_each(Readiness::wait);
        program.readiness = readiness;
        program
    }

    /// Runs a command that becomes the program. It may not serve yet.
    pub(crate) fn without_address(mut command: Command) -> Self {
        let mut process = command
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let errors = process.stderr.take().expect("its errors are piped");
        Program {
            process,
            errors: Lines::of(errors),
            address: String::new(),
            places: Vec::new(),
            data: None,
            readiness: None,
        }
    }

    /// Waits until it serves, and notes where.
    pub(crate) fn read_address(&mut self) {
        let mut ready = self.next_error();
        // A store that cannot be reached is told of at any time.
        while ready.contains(": warning: ") {
            ready = self.next_error();
        }
        let Some((_, places)) = ready.split_once(": serving on ") else {
            panic!("the program does not serve: {ready}");
        };
        self.places = places.split(", ").map(str::to_owned).collect();
        let first = self.places[0].trim_start_matches("http://");
        self.address = first.trim_start_matches("https://").to_owned();
    }

    /// Starts the demo on a free port.
    pub(crate) fn demo(arguments: &[&str]) -> Self {
        let usual = ["demo", "--bind", "127.0.0.1:0", "--threads", "2"];
        Self::start(&[&usual, arguments].concat())
    }

    /// The next line on standard error.
    #[track_caller]
    pub(crate) fn next_error(&mut self) -> String {
        self.errors.next()
    }

    pub(crate) fn connect(&self) -> TcpStream {
        // Protocols other than HTTP follow the address.
        let address = self.address.split(' ').next().unwrap_or_default();
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream
    }

    /// Sends a request head of these lines with `Host` and `Connection: close`.
    pub(crate) fn send(&self, lines: &str) -> TcpStream {
        let mut stream = self.connect();
        let head = format!("{lines}\r\nHost: demo\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).expect("the head is sent");
        stream
    }

    /// The head and the body of the response to a GET request.
    pub(crate) fn get(&self, target: &str) -> (String, String) {
        self.get_with(target, "X-None: 0")
    }

    /// The same with another line in the request's head.
    pub(crate) fn get_with(&self, target: &str, line: &str) -> (String, String) {
        split(&rest(
            &mut self.send(&format!("GET {target} HTTP/1.1\r\n{line}")),
        ))
    }

    /// A figure of the process in Linux's `/proc`, such as `Threads`. Those of memory are in KiB.
    #[cfg(target_os = "linux")]
    pub(crate) fn figure(&self, name: &str) -> u64 {
        let path = format!("/proc/{}/status", self.process.id());
        let status = fs::read_to_string(path).expect("the process lives");
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let number = line.and_then(|line| line.split_whitespace().next());
        number.and_then(|number| number.parse().ok()).expect(name)
    }

    pub(crate) fn signal(&self, name: &str) {
        signal(self.process.id(), name);
    }

    /// Waits until it has ended.
    #[track_caller]
    pub(crate) fn wait(&mut self) -> ExitStatus {
        wait(&mut self.process)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Waits until `holds` returns true. Fails if it does not in time.
#[track_caller]
pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "never: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Waits until a process has ended. One that does not is killed.
#[track_caller]
pub(crate) fn wait(process: &mut Child) -> ExitStatus {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = process.try_wait().expect("its status") {
            return status;
        }
        if Instant::now() >= end {
            let _ = process.kill();
            let _ = process.wait();
            panic!("never: the program ends");
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// Sends a signal to a process. `STOP` returns once all of its threads are stopped, which the
/// system takes a while for.
pub(crate) fn signal(process: u32, name: &str) {
    let kill = format!("kill -{name} {process}");
    let status = Command::new("sh").args(["-c", &kill]).status();
    assert!(status.expect("a shell").success());
    while name == "STOP" && !is_stopped(process) {
        thread::sleep(Duration::from_millis(1));
    }
}

fn is_stopped(process: u32) -> bool {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).expect("its threads");
    tasks.flatten().all(|task| {
        let stat = fs::read_to_string(task.path().join("stat")).expect("its state");
        stat.rsplit_once(") ")
            .is_some_and(|(_, rest)| rest.starts_with('T'))
    })
}

pub(crate) fn rest(stream: &mut impl Read) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("the rest");
    text
}

pub(crate) fn split(response: &str) -> (String, String) {
    let (head, body) = response.split_once("\r\n\r\n").expect("a whole head");
    (head.to_owned(), body.to_owned())
}

/// A visitor who keeps the cookie of the session.
#[derive(Clone, Default)]
pub(crate) struct Visitor {
    pub(crate) cookie: String,
}

impl Visitor {
    /// Visits, and returns the visitor's count.
    #[track_caller]
    pub(crate) fn visit(&mut self, program: &Program) -> u64 {
        let (head, body) = self.get(program, "/visits");
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        let (_, count) = body.split_once("Visits: ").expect("a count");
        count.trim_end().parse().expect("a number")
    }

    pub(crate) fn get(&mut self, program: &Program, target: &str) -> (String, String) {
        let (head, body) = program.get_with(target, &format!("Cookie: {}", self.cookie));
        if let Some((_, set)) = head.split_once("Set-Cookie: ") {
            self.cookie = set.split(';').next().unwrap_or_default().to_owned();
        }
        (head, body)
    }

    /// Visits a number of times over one connection, without reading the counts.
    pub(crate) fn visit_again(&self, program: &Program, times: usize) {
        let mut stream = BufReader::new(program.connect());
        let request = format!(
            "GET /visits HTTP/1.1\r\nHost: demo\r\nCookie: {}\r\n\r\n",
            self.cookie
        );
        for _ in 0..times {
            stream
                .get_mut()
                .write_all(request.as_bytes())
                .expect("a request is sent");
            let mut line = String::new();
            stream.read_line(&mut line).expect("a status");
            assert_eq!(line, "HTTP/1.1 200 OK\r\n");
            let mut length = 0;
            while line != "\r\n" {
                line.clear();
                assert!(stream.read_line(&mut line).expect("a field") > 0);
                if let Some(value) = line.strip_prefix("Content-Length: ") {
                    length = value.trim().parse().expect("a length");
                }
            }
            io::copy(&mut stream.by_ref().take(length), &mut io::sink()).expect("the body");
        }
    }
}
