//! Restarts that succeed, one by one and under load.

use std::{os::unix::net::UnixStream, process::Command};

use tempfile::TempDir;

use crate::{
    BIND, Copy, children, end, eventually,
    load::{Load, Report},
    restart,
    support::{Program, Visitor},
};

#[track_caller]
fn check_restarts(arguments: &[&str], times: usize) -> Report {
    let mut program = Program::demo(arguments);
    let load = Load::start(&program.address);
    for _ in 0..times {
        load.wait_for_some();
        restart(&mut program);
    }
    load.wait_for_some();
    let report = load.stop();
    assert!(report.is_clean(), "{report}");
    end(program);
    report
}

#[test]
fn restarts_under_load_lose_nothing() {
    check_restarts(&[], 3);
}

#[test]
fn restarts_of_several_processes_under_load_lose_nothing() {
    check_restarts(&["--processes", "2"], 3);
}

#[test]
#[ignore = "takes a minute"]
#[expect(clippy::print_stderr, reason = "the figures are of interest")]
fn fifty_restarts_under_load_lose_nothing() {
    for arguments in [&[][..], &["--processes", "2"]] {
        let report = check_restarts(arguments, 50);
        eprintln!("50 restarts of the demo with {arguments:?}: {report}");
    }
}

#[test]
fn a_restart_starts_the_program_that_is_on_the_disk() {
    let copy = Copy::new();
    let mut program = copy.demo(&BIND);
    let mut visitor = Visitor::default();
    assert_eq!(visitor.visit(&program), 1);
    let wsgi = env!("CARGO_BIN_EXE_wsgi");
    copy.replace(&format!(
        "#!/bin/sh\nexec {wsgi} \"$@\" --server-software new\n"
    ));
    restart(&mut program);
    // The former one may take a client that has come meanwhile.
    eventually("the new program serves", || {
        let (head, _) = visitor.get(&program, "/hello");
        head.contains("\r\nServer: new")
    });
    assert_eq!(visitor.visit(&program), 2);
    end(program);
}

#[test]
fn two_signals_at_once_are_one_or_two_restarts() {
    let mut program = Program::demo(&[]);
    let load = Load::start(&program.address);
    program.signal("USR2");
    program.signal("USR2");
    let line = program.next_error();
    assert!(
        line.starts_with("wsgi demo: restarted as process "),
        "{line}"
    );
    restart(&mut program);
    let report = load.stop();
    assert!(report.is_clean(), "{report}");
    program.signal("TERM");
    // Both signals may have led to one restart, or each to its own.
    let mut line = program.next_error();
    if line.starts_with("wsgi demo: restarted") {
        line = program.next_error();
    }
    assert_eq!(line, "wsgi demo: ending");
    assert!(program.wait().success());
}

#[test]
fn the_signal_to_end_counts_during_a_restart() {
    for arguments in [&[][..], &["--processes", "2"]] {
        let mut program = Program::demo(arguments);
        let id = program.process.id();
        program.signal("USR2");
        program.signal("TERM");
        let mut line = program.next_error();
        if line.starts_with("wsgi demo: restarted") {
            line = program.next_error();
        }
        assert_eq!(line, "wsgi demo: ending");
        assert!(program.wait().success());
        assert!(children(id).is_empty());
    }
}

#[test]
fn the_file_of_a_unix_socket_stays_until_the_end() {
    for arguments in [&[][..], &["--processes", "2"]] {
        let folder = TempDir::new().expect("a folder");
        let path = folder.path().join("s");
        let bind = format!("unix:{}", path.display());
        let mut command = Command::new(env!("CARGO_BIN_EXE_wsgi"));
        command.args(["demo", "--threads", "1", "--bind", &bind]);
        command.args(arguments).env("XDG_DATA_HOME", folder.path());
        let mut program = Program::of(command);
        assert!(program.places[0].starts_with(&bind), "{:?}", program.places);
        for _ in 0..2 {
            restart(&mut program);
            UnixStream::connect(&path).expect("a connection");
        }
        end(program);
        assert!(!path.exists());
    }
}

#[cfg(feature = "tls")]
#[test]
fn the_redirect_to_https_is_passed_on() {
    let folder = TempDir::new().expect("a folder");
    let made = rcgen::generate_simple_self_signed(["demo".to_owned()]).expect("a certificate");
    let paths = ["cert.pem", "key.pem"].map(|name| folder.path().join(name));
    std::fs::write(&paths[0], made.cert.pem()).expect("a file");
    std::fs::write(&paths[1], made.signing_key.serialize_pem()).expect("a file");
    let [certificate, key] = paths.each_ref().map(|path| path.to_str().expect("a path"));
    let tls = ["--tls-cert", certificate, "--tls-key", key];
    let arguments = [&tls[..], &["--redirect-http", "127.0.0.1:0"]].concat();
    let mut program = Program::demo(&arguments);
    let port = program
        .address
        .rsplit_once(':')
        .expect("a port")
        .1
        .to_owned();
    assert!(program.places[0].starts_with("https://"));
    program.address = program.places[1].trim_start_matches("http://").to_owned();
    let check = |program: &Program| {
        let (head, _) = program.get("/hello");
        assert!(head.starts_with("HTTP/1.1 308 "), "{head}");
        let place = format!("https://demo:{port}/hello");
        assert!(head.contains(&place), "{head}");
    };
    check(&program);
    restart(&mut program);
    check(&program);
    program.signal("HUP");
    for _process in 0..2 {
        let line = program.next_error();
        assert_eq!(line, "wsgi demo: reloaded the files of TLS");
    }
    restart(&mut program);
    check(&program);
    end(program);
}
