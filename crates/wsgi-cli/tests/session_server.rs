//! The session server as a program, in the foreground and in the background.

#![cfg(unix)]

mod support;

use std::{
    fs,
    io::{Read, Write},
    os::unix::{fs::PermissionsExt, net::UnixStream},
    path::{Path, PathBuf},
    process::{Command, Output},
};

use support::{PATIENCE, Program, Visitor, eventually, signal};
use tempfile::TempDir;

/// A temporary folder for the files of a server.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Place(TempDir::new().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn arguments(&self, more: &[&str]) -> Vec<String> {
        let text = |name| self.path(name).to_str().expect("a path").to_owned();
        let usual = [
            "session-server".to_owned(),
            "--socket".to_owned(),
            text("socket"),
        ];
        let mut arguments = usual.to_vec();
        arguments.extend(["--database".to_owned(), text("database")]);
        arguments.extend(["--pid-file".to_owned(), text("pid")]);
        arguments.extend(more.iter().map(|&argument| argument.to_owned()));
        arguments
    }

    fn start(&self, more: &[&str]) -> Program {
        let arguments = self.arguments(more);
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        Program::start(&arguments)
    }

    fn run(&self, more: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wsgi"));
        command
            .args(self.arguments(more))
            .output()
            .expect("the program runs")
    }

    /// The process id in the file.
    fn pid(&self) -> u32 {
        let text = fs::read_to_string(self.path("pid")).expect("a file");
        text.trim_end().parse().expect("an id")
    }
}

/// A daemon by its process id, killed on drop.
struct Daemon(u32);

impl Drop for Daemon {
    fn drop(&mut self) {
        let kill = format!("kill -KILL {} 2> /dev/null", self.0);
        let _ = Command::new("sh").args(["-c", &kill]).status();
    }
}

/// The answer that a client of WSGI Utils gets, without its length.
fn ask(socket: &Path, words: &[&str]) -> String {
    let mut message = Vec::new();
    for word in words {
        let padding = word.len().next_multiple_of(4) - word.len();
        message.extend((word.len() as u32).to_be_bytes());
        message.extend(word.bytes().chain(std::iter::repeat_n(0, padding)));
    }
    let mut stream = UnixStream::connect(socket).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let length = (message.len() as u32).to_be_bytes();
    stream
        .write_all(&[&length[..], &message].concat())
        .expect("the message is sent");
    let mut length = [0; 4];
    stream.read_exact(&mut length).expect("a length");
    let mut answer = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut answer).expect("an answer");
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn sigterm_ends_the_server_and_removes_its_files() {
    let place = Place::new();
    let mut server = place.start(&[]);
    assert_eq!(place.pid(), server.process.id());
    let mode = fs::metadata(place.path("socket"))
        .expect("a socket")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(ask(&place.path("socket"), &["SET", "key", "data"]).contains("OK"));
    assert!(ask(&place.path("socket"), &["GET", "key"]).contains("data"));

    server.signal("TERM");
    assert_eq!(server.next_error(), "wsgi session-server: ending");
    assert!(server.wait().success());
    assert!(!place.path("pid").exists());
    assert!(!place.path("socket").exists());

    let _server = place.start(&[]);
    assert!(ask(&place.path("socket"), &["GET", "key"]).contains("data"));
}

#[test]
fn without_legacy_clients_of_wsgi_utils_are_refused() {
    let place = Place::new();
    let _server = place.start(&["--no-legacy"]);
    let answer = ask(&place.path("socket"), &["GET", "key"]);
    assert!(answer.contains("ERROR"), "{answer:?}");
}

#[test]
fn a_socket_in_use_is_refused() {
    let place = Place::new();
    let _server = place.start(&[]);
    let other = |name| {
        format!(
            "--{name}={}",
            place.path("other").with_extension(name).display()
        )
    };
    let output = place.run(&[&other("database"), &other("pid-file")]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains("cannot listen on"), "{errors}");
    assert!(!place.path("other.pid-file").exists());
}

#[test]
fn a_pid_file_of_a_running_process_is_refused_and_a_stale_one_replaced() {
    let place = Place::new();
    // Longer than an id, so its rest would show; and no process has it.
    fs::write(place.path("pid"), "99999999999\n").expect("a file");
    let mut first = place.start(&[]);
    assert_eq!(place.pid(), first.process.id());

    let other = |name| {
        format!(
            "--{name}={}",
            place.path(&format!("other-{name}")).display()
        )
    };
    let (socket, database) = (other("socket"), other("database"));
    let output = place.run(&[&socket, &database]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains("a running process has it"), "{errors}");
    assert_eq!(place.pid(), first.process.id());
    assert!(!place.path("other-socket").exists());

    first.signal("KILL");
    first.wait();
    let second = place.start(&[]);
    assert_eq!(place.pid(), second.process.id());
}

#[test]
fn files_are_for_their_owner_whatever_the_umask() {
    let place = Place::new();
    let mut command = Command::new("sh");
    command.args([
        "-c",
        "umask 0; exec \"$0\" \"$@\"",
        env!("CARGO_BIN_EXE_wsgi"),
    ]);
    let output = command.args(place.arguments(&["--daemon"])).output();
    assert!(output.expect("a shell").status.success());
    let _daemon = Daemon(place.pid());
    for (name, expected) in [("socket", 0o600), ("database", 0o600), ("pid", 0o644)] {
        let metadata = fs::metadata(place.path(name)).expect("a file");
        assert_eq!(metadata.permissions().mode() & 0o777, expected, "{name}");
    }
}

#[test]
fn a_daemon_is_ready_when_the_program_ends() {
    let place = Place::new();
    let output = place.run(&["--daemon"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(
        said.starts_with("wsgi session-server: serving on "),
        "{said}"
    );
    let daemon = Daemon(place.pid());

    let store = format!("unix:{}", place.path("socket").display());
    let demo = Program::demo(&["--session-store", &store]);
    let mut visitor = Visitor::default();
    assert_eq!(visitor.visit(&demo), 1);
    assert_eq!(visitor.visit(&demo), 2);

    signal(daemon.0, "TERM");
    eventually("it has ended", || !place.path("pid").exists());
}

#[test]
fn a_daemon_that_a_variable_asks_for_starts_once() {
    let place = Place::new();
    let output = Command::new(env!("CARGO_BIN_EXE_wsgi"))
        .arg("session-server")
        .env("WSGI_SOCKET", place.path("socket"))
        .env("WSGI_DATABASE", place.path("database"))
        .env("WSGI_PID_FILE", place.path("pid"))
        .env("WSGI_DAEMON", "yes")
        .env("WSGI_NO_LEGACY", "0")
        .output()
        .expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let daemon = Daemon(place.pid());
    assert!(ask(&place.path("socket"), &["BYE"]).contains("OK"));
    signal(daemon.0, "TERM");
    eventually("it has ended", || !place.path("pid").exists());
}

#[test]
fn a_daemon_that_cannot_start_reports_the_reason() {
    let place = Place::new();
    fs::create_dir(place.path("database")).expect("a folder");
    let output = place.run(&["--daemon"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.starts_with("wsgi: cannot open the database "),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
}
