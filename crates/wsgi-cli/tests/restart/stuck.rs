//! A program that ends because its threads do not return.

use std::{os::unix::net::UnixListener, thread};

use crate::{
    children, eventually,
    support::{Program, rest, signal},
};
use tempfile::TempDir;

/// A session server that answers nobody.
fn silent(folder: &TempDir) -> String {
    let path = folder.path().join("s");
    let listener = UnixListener::bind(&path).expect("a socket");
    thread::spawn(move || {
        let mut kept = Vec::new();
        for client in listener.incoming() {
            kept.push(client);
        }
    });
    format!("unix:{}", path.display())
}

const STUCK: [&str; 5] = [
    "--request-timeout",
    "2",
    "--max-stuck-threads",
    "0",
    "--end-when-stuck",
];

#[test]
fn too_many_stuck_threads_end_the_program_with_a_status_of_their_own() {
    let folder = TempDir::new().expect("a folder");
    let store = silent(&folder);
    let arguments = [&["--session-store", &store][..], &STUCK].concat();
    let mut program = Program::demo(&arguments);
    let answer = rest(&mut program.send("GET /visits HTTP/1.1\r\nCookie: a=b"));
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 504 "),
        "{answer}"
    );
    assert_eq!(program.wait().code(), Some(3));
}

#[test]
fn a_worker_whose_threads_are_stuck_is_started_again() {
    let folder = TempDir::new().expect("a folder");
    let store = silent(&folder);
    let processes = ["--processes", "1", "--session-store", &store];
    let mut program = Program::demo(&[&processes[..], &STUCK].concat());
    let worker = crate::workers(&program, 1)[0];
    rest(&mut program.send("GET /visits HTTP/1.1\r\nCookie: a=b"));
    let mut line = program.next_error();
    let end = format!("wsgi demo: process {worker} has ended: ");
    while !line.starts_with(&end) {
        assert!(!line.is_empty(), "the program has ended");
        line = program.next_error(); // what the worker says
    }
    assert!(line[end.len()..].starts_with("exit status: 3; "), "{line}");
    eventually("another one serves", || {
        let now = children(program.process.id());
        now.len() == 1 && now[0] != worker && program.get("/hello").0.contains(" 200 ")
    });
    crate::end(program);
}

#[test]
fn a_worker_that_hangs_at_the_end_is_killed_when_its_time_is_over() {
    let mut program = Program::demo(&["--processes", "1", "--shutdown-timeout", "0.1"]);
    let worker = crate::workers(&program, 1)[0];
    signal(worker, "STOP");
    program.signal("TERM");
    assert_eq!(program.next_error(), "wsgi demo: ending");
    let killed = format!("wsgi demo: process {worker} has not ended in time and is killed");
    assert_eq!(program.next_error(), killed);
    assert_eq!(program.next_error(), "", "this is said once");
    assert!(program.wait().success());
}
