//! A parent that is killed, so that it can do nothing more.

use std::{
    fs,
    io::Write,
    net::TcpStream,
    os::unix::process::ExitStatusExt,
    path::Path,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::{
    BIND, Copy, end, eventually, has_ended, restart,
    support::{Program, rest, split},
    workers,
};

fn kill(mut program: Program) {
    program.process.kill().expect("it is killed");
    assert_eq!(program.wait().signal(), Some(9));
}

#[test]
fn workers_without_a_parent_finish_their_requests_first() {
    let program = Program::demo(&["--processes", "1"]);
    let worker = workers(&program, 1)[0];
    let mut stream = program.send("POST /echo HTTP/1.1\r\nContent-Length: 5");
    stream.write_all(b"he").expect("a part of the body");
    // When a later request is answered, this one is there.
    program.get("/hello");
    let address = program.address.clone();
    kill(program);
    eventually("nobody listens", || TcpStream::connect(&address).is_err());
    assert!(!has_ended(worker));
    stream.write_all(b"llo").expect("the rest of the body");
    let (head, body) = split(&rest(&mut stream));
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(body.contains("hello"), "{body}");
    eventually("the worker has ended", || has_ended(worker));
}

/// A worker that retires has been told to go, but not to break its requests off.
#[test]
fn a_worker_past_its_patience_that_loses_its_parent_finishes_its_request() {
    // The rest of the request has as much time again, also on a busy machine.
    const PATIENCE: Duration = Duration::from_secs(10);
    let arguments = ["--processes", "1", "--shutdown-timeout", "10"];
    let mut program = Program::demo(&arguments);
    let worker = workers(&program, 1)[0];
    let mut stream = program.send("POST /echo HTTP/1.1\r\nContent-Length: 5");
    stream.write_all(b"he").expect("a part of the body");
    let mut idle = program.connect();
    // When a later request is answered, both are there.
    program.get("/hello");
    let began = Instant::now();
    restart(&mut program);
    // Its patience is over when it closes connections that are idle.
    assert_eq!(rest(&mut idle), "");
    assert!(began.elapsed() >= PATIENCE && !has_ended(worker));
    kill(program);
    stream.write_all(b"llo").expect("the rest of the body");
    let (head, body) = split(&rest(&mut stream));
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(body.contains("hello"), "{body}");
    eventually("the worker has ended", || has_ended(worker));
}

/// The folders of parents.
fn folders(within: &Path) -> usize {
    let entries = fs::read_dir(within).expect("a folder").flatten();
    let names = entries.map(|entry| entry.file_name());
    names
        .filter(|name| name.as_encoded_bytes().starts_with(b"wsgi-parent-"))
        .count()
}

#[test]
fn the_folder_of_a_killed_parent_is_removed_by_the_next_one() {
    let copy = Copy::new();
    let temporary = TempDir::new().expect("a folder");
    let start = |arguments: &[&str]| {
        let mut command = copy.command(&[&BIND, arguments].concat());
        command.env("TMPDIR", temporary.path());
        Program::of(command)
    };
    let first = start(&["--processes", "1"]);
    let worker = workers(&first, 1)[0];
    kill(first);
    assert_eq!(folders(temporary.path()), 1);
    eventually("the worker has ended", || has_ended(worker));
    let mut second = start(&[]);
    restart(&mut second);
    assert_eq!(folders(temporary.path()), 1, "only its own");
    end(second);
    assert_eq!(folders(temporary.path()), 0);
}
