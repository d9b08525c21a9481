//! The access log of the program: its formats, its rotation, and its end.

#![cfg(unix)]

mod support;

use std::{
    collections::BTreeSet,
    fs,
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command},
    thread,
    time::{Duration, Instant},
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde_json::Value;
use support::{Lines, Program, eventually};
use tempfile::TempDir;

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// Sends requests for `/hello?NUMBER` over one connection, and waits for each response.
fn visit(program: &Program, numbers: impl Iterator<Item = usize>) {
    let mut stream = BufReader::new(program.connect());
    for number in numbers {
        let request = format!("GET /hello?{number} HTTP/1.1\r\nHost: demo\r\n\r\n");
        stream
            .get_mut()
            .write_all(request.as_bytes())
            .expect("a request is sent");
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            let count = stream.read_line(&mut line).expect("a line of the head");
            assert!(count > 0, "an end within the head");
        }
        stream
            .read_exact(&mut [0; "Hello world!\n".len()])
            .expect("the body");
    }
}

/// The numbers of the requests in a text of whole lines.
#[track_caller]
fn numbers(text: &str) -> BTreeSet<usize> {
    assert!(text.is_empty() || text.ends_with('\n'));
    let lines = text.lines().map(|line| {
        let (start, rest) = line.split_once("\"GET /hello?").expect("a target");
        let (number, end) = rest.split_once(' ').expect("a protocol");
        assert!(start.starts_with("127.0.0.1 - - ["), "{line}");
        assert_eq!(end, "HTTP/1.1\" 200 13 \"-\" \"-\"", "{line}");
        number.parse().expect("a number")
    });
    let all: Vec<_> = lines.collect();
    let unique: BTreeSet<_> = all.iter().copied().collect();
    assert_eq!(all.len(), unique.len(), "a line occurs twice");
    unique
}

#[test]
fn no_line_is_lost_or_torn_while_the_file_is_rotated() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("access.log");
    let mut demo = Program::demo(&["--access-log", path.to_str().expect("a path")]);
    let (clients, requests) = (4, 2000);
    let all = clients * requests + 3;
    let olds = [1, 2].map(|n| folder.path().join(format!("access.log.{n}")));
    thread::scope(|scope| {
        for client in 0..clients {
            let demo = &demo;
            scope.spawn(move || visit(demo, client * requests..(client + 1) * requests));
        }
        for (number, old) in olds.iter().enumerate() {
            // The clients may be done.
            let number = clients * requests + number;
            visit(&demo, number..number + 1);
            eventually("a line is written", || !text(&path).is_empty());
            fs::rename(&path, old).expect("a rotation");
            demo.signal("USR1");
            eventually("the log is there again", || path.exists());
        }
        // The last file gets a line, too.
        visit(&demo, all - 1..all);
    });
    demo.signal("TERM");
    assert!(demo.wait().success());
    let files = olds.iter().chain([&path]).map(|file| text(file));
    let files: Vec<_> = files.collect();
    assert!(
        files.iter().all(|text| text.ends_with('\n')),
        "each has whole lines"
    );
    let (logged, sent) = (numbers(&files.concat()), (0..all).collect());
    let different: Vec<_> = logged.symmetric_difference(&sent).collect();
    assert!(different.is_empty(), "{different:?}");
}

#[test]
fn the_next_line_after_a_rotation_is_in_the_new_file() {
    let folder = TempDir::new().expect("a folder");
    let (path, old) = (folder.path().join("log"), folder.path().join("log.1"));
    let mut demo = Program::demo(&["--access-log", path.to_str().expect("a path")]);
    visit(&demo, 1..2);
    eventually("a line is written", || text(&path).ends_with('\n'));
    fs::rename(&path, &old).expect("a rotation");
    demo.signal("USR1");
    eventually("the log is there again", || path.exists());
    visit(&demo, 2..3);
    demo.signal("TERM");
    assert!(demo.wait().success(), "the rest is written at the end");
    assert_eq!(numbers(&text(&old)), BTreeSet::from([1]));
    assert_eq!(numbers(&text(&path)), BTreeSet::from([2]));
}

#[test]
fn lines_go_to_standard_error_without_a_file() {
    for argument in [&["--access-log"][..], &["--access-log", "-"]] {
        let mut demo = Program::demo(argument);
        demo.get("/nothing?a=\"b\"");
        let line = demo.next_error();
        assert!(
            line.contains("\"GET /nothing?a=\\\"b\\\" HTTP/1.1\" 404 "),
            "{line}"
        );
    }
}

#[test]
fn json_has_an_object_per_line() {
    let mut demo = Program::demo(&["--access-log", "--access-log-format", "json"]);
    let (head, _) = demo.get_with("/hello", "User-Agent: \"x\"");
    let line = demo.next_error();
    let object: Value = serde_json::from_str(&line).expect("JSON");
    let id = object["request_id"].as_str().expect("an id");
    let field = format!("\r\nx-request-id: {id}\r\n");
    assert!(head.to_ascii_lowercase().contains(&field), "{head}");
    assert_eq!(object["client"], "127.0.0.1");
    assert_eq!(object["target"], "/hello");
    assert_eq!(object["user_agent"], "\"x\"");
    assert_eq!(object["status"], 200);
    assert_eq!(object["complete"], true);
    assert_eq!(object["end"], "complete");
}

#[test]
fn the_client_is_the_one_of_a_trusted_proxy() {
    let arguments = ["--access-log", "--trust-proxy", "127.0.0.1"];
    let mut demo = Program::demo(&arguments);
    demo.get_with("/hello", "X-Forwarded-For: 192.0.2.7");
    let line = demo.next_error();
    assert!(line.starts_with("192.0.2.7 - - ["), "{line}");
}

#[test]
fn the_user_of_a_private_page_is_named() {
    let arguments = ["--access-log", "--access-log-format=common"];
    let mut demo = Program::demo(&arguments);
    demo.get_with("/private", "Authorization: Basic ZGVtbzpkZW1v");
    let line = demo.next_error();
    assert!(line.starts_with("127.0.0.1 - demo ["), "{line}");
}

#[test]
fn a_file_that_cannot_be_opened_ends_the_program() {
    let output = Command::new(env!("CARGO_BIN_EXE_wsgi"))
        .args(["demo", "--bind", "127.0.0.1:0", "--session-store", "memory"])
        .args(["--access-log", "/none/access.log"])
        .output()
        .expect("the program starts");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    let start = "wsgi: cannot open the access log /none/access.log: No such file";
    assert!(said.starts_with(start), "{said}");
    assert!(said.ends_with("; create its folder first\n"), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_holds_up_no_request_and_is_said_once() {
    let mut demo = Program::demo(&["--access-log", "/dev/full"]);
    visit(&demo, 0..2000);
    let said = demo.next_error();
    assert!(
        said.starts_with("access log: cannot write to /dev/full: No space left on device"),
        "{said}"
    );
    visit(&demo, 0..2000);
    let started = Instant::now();
    demo.signal("TERM");
    assert!(demo.wait().success());
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_file_at_the_limit_of_the_system_holds_up_no_request_and_goes_on_when_it_is_rotated() {
    let folder = TempDir::new().expect("a folder");
    let (path, old) = (folder.path().join("log"), folder.path().join("log.1"));
    let mut command = Command::new("sh");
    let demo = "ulimit -f 8; exec \"$0\" demo --bind 127.0.0.1:0 --session-store memory \
        --access-log \"$1\"";
    command
        .args(["-c", demo, env!("CARGO_BIN_EXE_wsgi")])
        .arg(&path)
        .env("XDG_DATA_HOME", folder.path())
        .env("TMPDIR", folder.path());
    let mut demo = Program::of(command);
    visit(&demo, 0..500);
    let said = demo.next_error();
    let start = format!(
        "access log: cannot write to {}: File too large",
        path.display()
    );
    assert!(said.starts_with(&start), "{said}");
    visit(&demo, 500..501);
    fs::rename(&path, &old).expect("a rotation");
    demo.signal("USR1");
    eventually("the log is there again", || path.exists());
    demo.signal("TERM");
    assert!(demo.wait().success());
    assert!(text(&old).starts_with("127.0.0.1 - - ["), "{}", text(&old));
    assert!(
        text(&path).starts_with("127.0.0.1 - - ["),
        "{}",
        text(&path)
    );
}

/// A pipe that nobody reads is like a disk that hangs: a write to it never returns.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_hangs_holds_up_no_request_and_lost_lines_are_counted() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("log");
    let made = Command::new("mkfifo").arg(&path).status();
    assert!(made.expect("mkfifo starts").success());
    // Opened for both, it does not wait for the program.
    let pipe = fs::OpenOptions::new().read(true).write(true).open(&path);
    let pipe = pipe.expect("a pipe");
    let demo = Program::demo(&["--access-log", path.to_str().expect("a path")]);
    // More than the pipe and the buffer hold: 64 KiB, 1 MiB in the buffer, and as much on its way.
    let target = format!("/hello?{}", "a".repeat(7000));
    let requests = 600;
    for _ in 0..requests {
        let (head, _) = demo.get(&target);
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    }
    let lines = Lines::of(pipe);
    let (mut written, mut lost) = (0, None);
    while lost.is_none() {
        let line = lines.next();
        match line.split_once("] lines lost because writing was too slow: ") {
            Some((_, number)) => lost = number.parse().ok(),
            None => {
                assert!(line.contains("\"GET /hello?aaa"), "{line}");
                written += 1;
            }
        }
    }
    let lost: usize = lost.expect("a number");
    assert!(lost > 0 && written > 100, "{written} written, {lost} lost");
    assert!(written + lost <= requests, "{written} written, {lost} lost");
}

/// The reader of standard error may be a pager, or a collector of logs that hangs.
#[cfg(target_os = "linux")]
#[test]
fn the_program_ends_although_nobody_reads_its_standard_error() {
    thread::scope(|scope| {
        scope.spawn(|| end_with_a_full_pipe(&[]));
        scope.spawn(|| end_with_a_full_pipe(&["--processes", "2"]));
    });
}

fn end_with_a_full_pipe(arguments: &[&str]) {
    let folder = TempDir::new().expect("a folder");
    let (mut reader, writer) = io::pipe().expect("a pipe");
    let pipe = writer.try_clone().expect("another descriptor");
    let process = Command::new(env!("CARGO_BIN_EXE_wsgi"))
        .args(["demo", "--bind", "127.0.0.1:0", "--access-log"])
        .args(arguments)
        .env("XDG_DATA_HOME", folder.path())
        .env("TMPDIR", folder.path())
        .stderr(writer)
        .spawn();
    let mut process = Ended(process.expect("the program starts"));
    let mut said = String::new();
    while !said.ends_with('\n') {
        let mut byte = [0];
        reader.read_exact(&mut byte).expect("the address");
        said.push(byte[0].into());
    }
    let (_, address) = said.trim_end().split_once("http://").expect("an address");
    let target = format!("/hello?{}", "a".repeat(7000));
    for _ in 0..30 {
        let mut client = TcpStream::connect(address).expect("a connection");
        let request = format!("GET {target} HTTP/1.0\r\n\r\n");
        client.write_all(request.as_bytes()).expect("a request");
        let response = io::read_to_string(client).expect("a response");
        assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    }
    eventually("the pipe is full", || {
        let mut polled = [PollFd::new(&pipe, PollFlags::OUT)];
        poll(&mut polled, Some(&Timespec::default())).expect("its state") == 0
    });
    support::signal(process.0.id(), "TERM");
    assert!(support::wait(&mut process.0).success(), "{arguments:?}");
}

/// A process that is killed on drop.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

mod logrotate {
    use super::*;

    #[test]
    fn the_configuration_of_the_manual_rotates_without_a_loss() {
        let manual = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../wsgi/deployment/monitoring.md"
        );
        let manual = fs::read_to_string(manual).expect("the page");
        let (_, block) = manual
            .split_once("## logrotate\n\n```text\n")
            .expect("a heading");
        let (block, _) = block.split_once("```").expect("a block");

        let folder = TempDir::new().expect("a folder");
        let path = folder.path().join("access.log");
        let mut demo = Program::demo(&["--access-log", path.to_str().expect("a path")]);
        let service = "systemctl kill --kill-whom=main --signal=USR1 hello.service";
        assert!(block.contains(service) && block.contains("/var/log/hello/access.log"));
        let configuration = block
            .replace("/var/log/hello/access.log", &path.display().to_string())
            .replace(service, &format!("kill -USR1 {}", demo.process.id()));
        let file = folder.path().join("logrotate.conf");
        fs::write(&file, configuration).expect("a file");
        let rotate = || {
            let output = Command::new("logrotate")
                .env("PATH", "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin")
                .args(["--force", "--state"])
                .arg(folder.path().join("state"))
                .arg(&file)
                .output()
                .expect("logrotate starts");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() && said.is_empty(), "{said}");
            eventually("the log is there again", || path.exists());
        };
        for number in 1..=3 {
            visit(&demo, number..number + 1);
            eventually("a line is written", || text(&path).ends_with('\n'));
            rotate();
        }
        visit(&demo, 4..5);
        demo.signal("TERM");
        assert!(demo.wait().success());
        assert_eq!(numbers(&text(&path)), BTreeSet::from([4]));
        let old = |n: &str| folder.path().join(format!("access.log.{n}"));
        assert_eq!(numbers(&text(&old("1"))), BTreeSet::from([3]));
        assert!(old("2.gz").exists() && old("3.gz").exists());
    }
}

#[test]
fn sigusr1_is_ignored_without_an_access_log() {
    let mut demo = Program::demo(&[]);
    demo.signal("USR1");
    let (head, _) = demo.get("/hello");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    demo.signal("TERM");
    assert!(demo.wait().success());
}
