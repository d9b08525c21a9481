//! Several processes at the same time.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    os::unix::process::ExitStatusExt,
    process::Command,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::{
    end, eventually, has_ended,
    load::Load,
    restart,
    support::{Program, rest, signal, split},
    workers,
};

#[test]
fn a_process_that_is_killed_under_load_is_started_again() {
    let mut program = Program::demo(&["--processes", "2"]);
    let load = Load::start(&program.address);
    load.wait_for_some();
    let killed = workers(&program, 2)[0];
    signal(killed, "KILL");
    let line = program.next_error();
    let start = format!("wsgi demo: process {killed} has ended: signal: 9");
    assert!(line.starts_with(&start), "{line}");
    workers(&program, 2);
    load.wait_for_some();
    let report = load.stop();
    // What the process was doing is lost, but nobody was refused, and no session is lost.
    assert_eq!((report.refused, report.lost), (0, 0), "{report}");
    end(program);
}

#[test]
fn the_parent_alone_gets_the_signals_of_a_terminal() {
    let program = Program::demo(&["--processes", "2"]);
    for worker in workers(&program, 2) {
        eventually("it has a process group of its own", || {
            let stat = fs::read_to_string(format!("/proc/{worker}/stat")).expect("a process");
            let fields = stat.rsplit_once(')').map(|(_, fields)| fields);
            let group = fields.and_then(|fields| fields.split_whitespace().nth(2));
            group == Some(&*worker.to_string())
        });
    }
    end(program);
}

#[test]
fn a_signal_to_all_processes_lets_requests_finish() {
    let mut program = Program::demo(&["--processes", "1"]);
    let worker = workers(&program, 1)[0];
    let mut stream = program.send("POST /echo HTTP/1.1\r\nContent-Length: 5");
    stream.write_all(b"he").expect("a part of the body");
    program.signal("TERM");
    // The request keeps it.
    signal(worker, "TERM");
    assert_eq!(program.next_error(), "wsgi demo: ending");
    eventually("nobody listens", || {
        TcpStream::connect(&program.address).is_err()
    });
    stream.write_all(b"llo").expect("the rest of the body");
    let (head, body) = split(&rest(&mut stream));
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(body.contains("hello"), "{body}");
    assert!(program.wait().success());
}

#[test]
fn a_second_signal_ends_all_processes_at_once() {
    let mut program = Program::demo(&["--processes", "2"]);
    let workers = workers(&program, 2);
    let mut stream = program.send("POST /echo HTTP/1.1\r\nContent-Length: 5");
    stream.write_all(b"he").expect("a part of the body");
    program.signal("TERM");
    assert_eq!(program.next_error(), "wsgi demo: ending");
    eventually("nobody listens", || {
        TcpStream::connect(&program.address).is_err()
    });
    program.signal("TERM");
    assert_eq!(program.wait().signal(), Some(15));
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    assert!(bytes.is_empty(), "{bytes:?}");
    for worker in workers {
        eventually("the worker has ended", || has_ended(worker));
    }
}

#[test]
fn without_their_parent_workers_end() {
    let mut program = Program::demo(&["--processes", "2"]);
    let workers = workers(&program, 2);
    program.process.kill().expect("it is killed");
    assert_eq!(program.wait().signal(), Some(9));
    for worker in workers {
        eventually("the worker has ended", || has_ended(worker));
    }
}

#[test]
fn the_access_log_of_all_processes_is_opened_again() {
    let folder = TempDir::new().expect("a folder");
    let log = folder.path().join("log");
    let path = log.to_str().expect("a path");
    let mut program = Program::demo(&["--processes", "2", "--access-log", path]);
    restart(&mut program);
    program.get("/hello");
    let lines_of = |name: &str| {
        let text = fs::read_to_string(folder.path().join(name));
        text.unwrap_or_default().lines().count()
    };
    let lines = || lines_of("log");
    let mut asked = 1;
    eventually("a line is written", || lines() == asked);
    fs::rename(&log, folder.path().join("log.1")).expect("a rotation");
    program.signal("USR1");
    eventually("the log is there again", || log.exists());
    // Each process opens it by itself.
    eventually("all processes write to it", || {
        let before = lines();
        for _ in 0..8 {
            program.get("/hello");
        }
        let whole = || lines_of("log.1") + lines();
        asked += 8;
        eventually("all lines are written", || whole() == asked);
        lines() == before + 8
    });
    end(program);
}

#[track_caller]
fn check_refused(arguments: &[&str], code: i32, problem: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_wsgi"))
        .args(["demo", "--bind", "127.0.0.1:0"])
        .args(arguments)
        .output()
        .expect("the program starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{errors}");
    assert!(errors.contains(problem), "{errors}");
}

#[test]
fn several_processes_cannot_have_what_each_would_have_for_itself() {
    let store = "name another store, such as --session-store file:PATH";
    check_refused(&["--processes", "2", "--session-store", "memory"], 2, store);
}

#[cfg(feature = "tls")]
#[test]
fn several_processes_cannot_have_a_certificate_made_at_the_start() {
    let folder = TempDir::new().expect("a folder");
    let file = format!("file:{}", folder.path().join("s").display());
    let key = folder.path().join("key");
    let arguments = [
        "--processes",
        "2",
        "--tls-self-signed",
        "--session-store",
        &file,
    ];
    let arguments = [
        &arguments[..],
        &["--cookie-key", key.to_str().expect("a path")],
    ]
    .concat();
    check_refused(&arguments, 2, "name one by --tls-cert and --tls-key");
}

#[test]
fn processes_that_do_not_start_end_the_program() {
    let folder = TempDir::new().expect("a folder");
    let missing = folder.path().join("missing/log");
    let path = missing.to_str().expect("a path");
    let file = format!("file:{}", folder.path().join("s").display());
    let key = folder.path().join("key");
    let key = key.to_str().expect("a path");
    let arguments = [
        "--session-store",
        &file,
        "--cookie-key",
        key,
        "--access-log",
        path,
    ];
    let arguments = [&["--processes", "2"][..], &arguments].concat();
    check_refused(&arguments, 1, " has not started: exit status: 1");
}

#[test]
fn all_processes_serve_for_the_delay_of_the_end() {
    let several = ["--processes", "2", "--health", "--drain-delay"];
    // Nothing takes as long as this delay.
    let mut program = Program::demo(&[&several[..], &["600"]].concat());
    let (head, _) = program.get("/readyz");
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    program.signal("TERM");
    assert_eq!(program.next_error(), "wsgi demo: ending");
    // A process hears of it a moment later.
    eventually("the program is not ready", || {
        program.get("/readyz").0.starts_with("HTTP/1.1 503 ")
    });
    drop(program);

    let program = Program::demo(&[&several[..], &["1"]].concat());
    let begin = Instant::now();
    end(program);
    assert!(begin.elapsed() >= Duration::from_secs(1));
}
