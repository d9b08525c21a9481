//! Restarts, and several processes: real programs, real sockets.

mod support;

#[path = "restart/load.rs"]
mod load;

use std::{
    fs,
    os::unix::{fs::PermissionsExt, net::UnixStream, process::ExitStatusExt},
    path::PathBuf,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use load::{Load, Report};
use support::{Program, Visitor, signal};
use tempfile::TempDir;

/// The time that a test waits for an event.
const PATIENCE: Duration = Duration::from_secs(60);

#[track_caller]
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "never: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// A copy of the program, which can be replaced, and its folder.
struct Copy {
    folder: TempDir,
    path: PathBuf,
}

impl Copy {
    fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let path = folder.path().join("program");
        // A copy would be open for writing while another test forks, and then not be executable.
        fs::hard_link(env!("CARGO_BIN_EXE_wsgi"), &path)
            .or_else(|_| std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_wsgi"), &path))
            .expect("a link");
        Self { folder, path }
    }

    fn demo(&self, arguments: &[&str]) -> Program {
        let mut command = Command::new(&self.path);
        command
            .args(["demo", "--threads", "1"])
            .args(arguments)
            .env("XDG_DATA_HOME", self.folder.path());
        Program::of(command)
    }

    /// Puts a script in the place of the program.
    fn replace(&self, script: &str) {
        let new = self.folder.path().join("new");
        fs::write(&new, script).expect("a script");
        fs::set_permissions(&new, fs::Permissions::from_mode(0o755)).expect("its mode");
        fs::rename(&new, &self.path).expect("a new program");
    }
}

const BIND: [&str; 2] = ["--bind", "127.0.0.1:0"];

/// The ids of the processes that a parent has started, and that have not ended.
fn children(parent: u32) -> Vec<u32> {
    let folders = fs::read_dir("/proc").expect("processes").flatten();
    let ids = folders.filter_map(|folder| folder.file_name().to_str()?.parse::<u32>().ok());
    ids.filter(|id| {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        let fields = stat.rsplit_once(')').map(|(_, fields)| fields);
        let mut fields = fields.unwrap_or_default().split_whitespace();
        let state = fields.next();
        state != Some("Z") && fields.next() == Some(&parent.to_string())
    })
    .collect()
}

/// Restarts a program, and waits until it says so.
#[track_caller]
fn restart(program: &mut Program) {
    program.signal("USR2");
    let line = program.next_error();
    assert!(
        line.starts_with("wsgi demo: restarted as process "),
        "{line}"
    );
}

/// Ends a program, and asserts that all of it ends well.
#[track_caller]
fn end(mut program: Program) {
    let workers = children(program.process.id());
    program.signal("TERM");
    assert_eq!(program.next_error(), "wsgi demo: ending");
    assert!(program.wait().success());
    for worker in workers {
        assert!(!PathBuf::from(format!("/proc/{worker}")).exists());
    }
}

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
    let (head, _) = visitor.get(&program, "/hello");
    assert!(head.contains("\r\nServer: new"), "{head}");
    assert_eq!(visitor.visit(&program), 2);
    end(program);
}

#[test]
fn a_new_program_that_fails_changes_nothing() {
    for arguments in [&BIND[..], &[BIND[0], BIND[1], "--processes", "2"]] {
        let copy = Copy::new();
        let mut program = copy.demo(arguments);
        let mut visitor = Visitor::default();
        assert_eq!(visitor.visit(&program), 1);
        let before = children(program.process.id());
        copy.replace("#!/bin/sh\nexit 7\n");
        program.signal("USR2");
        let line = program.next_error();
        let (start, reason) = line.split_once(": cannot restart: ").expect(&line);
        assert_eq!(start, "wsgi demo");
        assert!(reason.contains("exit status: 7"), "{line}");
        assert!(reason.ends_with("nothing has changed"), "{line}");
        eventually("only the former processes live", || {
            children(program.process.id()) == before
        });
        assert_eq!(visitor.visit(&program), 2);
        // It is not a program at all, or missing.
        for _ in 0..2 {
            program.signal("USR2");
            let line = program.next_error();
            assert!(line.starts_with("wsgi demo: cannot restart: "), "{line}");
            let _ = fs::remove_file(&copy.path);
        }
        assert_eq!(visitor.visit(&program), 3);
        end(program);
    }
}

#[test]
fn a_missing_file_of_the_new_program_changes_nothing() {
    let copy = Copy::new();
    let key = copy.folder.path().join("cookie.key");
    let path = key.to_str().expect("a path");
    let mut program = copy.demo(&[BIND[0], BIND[1], "--cookie-key", path]);
    let mut visitor = Visitor::default();
    assert_eq!(visitor.visit(&program), 1);
    let good = fs::read(&key).expect("a key");
    fs::write(&key, "no key").expect("a file");
    program.signal("USR2");
    let reason = program.next_error();
    assert!(
        reason.starts_with("wsgi: cannot read the cookie key"),
        "{reason}"
    );
    let line = program.next_error();
    assert!(
        line.contains("exit status: 1; nothing has changed"),
        "{line}"
    );
    assert_eq!(visitor.visit(&program), 2);
    fs::write(&key, good).expect("a file");
    restart(&mut program);
    assert_eq!(visitor.visit(&program), 3);
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

#[test]
fn a_process_that_is_killed_under_load_is_started_again() {
    let mut program = Program::demo(&["--processes", "2"]);
    let parent = program.process.id();
    let load = Load::start(&program.address);
    load.wait_for_some();
    let killed = children(parent)[0];
    signal(killed, "KILL");
    let line = program.next_error();
    let start = format!("wsgi demo: process {killed} has ended: signal: 9");
    assert!(line.starts_with(&start), "{line}");
    eventually("there are two again", || children(parent).len() == 2);
    load.wait_for_some();
    let report = load.stop();
    // What the process was doing is lost, but nobody was refused, and no session is lost.
    assert_eq!((report.refused, report.lost), (0, 0), "{report}");
    end(program);
}

#[test]
fn the_parent_alone_gets_the_signals_of_a_terminal() {
    let program = Program::demo(&["--processes", "2"]);
    for worker in children(program.process.id()) {
        let stat = fs::read_to_string(format!("/proc/{worker}/stat")).expect("a process");
        let group = stat.rsplit_once(')').and_then(|(_, fields)| {
            let mut fields = fields.split_whitespace();
            fields.nth(2)
        });
        assert_eq!(group, Some(&*worker.to_string()));
    }
    end(program);
}

#[test]
fn without_their_parent_workers_end() {
    let mut program = Program::demo(&["--processes", "2"]);
    let workers = children(program.process.id());
    assert_eq!(workers.len(), 2);
    program.process.kill().expect("it is killed");
    assert_eq!(program.wait().signal(), Some(9));
    for worker in workers {
        eventually("the worker has ended", || {
            let stat = fs::read_to_string(format!("/proc/{worker}/stat"));
            stat.map_or(true, |stat| stat.contains(") Z "))
        });
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
    let lines = || fs::read_to_string(&log).unwrap_or_default().lines().count();
    eventually("a line is written", || lines() == 1);
    fs::rename(&log, folder.path().join("log.1")).expect("a rotation");
    program.signal("USR1");
    eventually("the log is there again", || log.exists());
    for _ in 0..8 {
        program.get("/hello");
    }
    eventually("all processes write to it", || lines() == 8);
    end(program);
}

#[track_caller]
fn check_refused(arguments: &[&str], problem: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_wsgi"))
        .args(["demo", "--bind", "127.0.0.1:0"])
        .args(arguments)
        .output()
        .expect("the program starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains(problem), "{errors}");
}

#[test]
fn several_processes_cannot_have_what_each_would_have_for_itself() {
    let store = "name another store, such as --session-store file:PATH";
    check_refused(&["--processes", "2", "--session-store", "memory"], store);
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
    check_refused(&arguments, "name one with --tls-cert and --tls-key");
}

#[test]
fn sessions_in_memory_forbid_a_restart() {
    for arguments in [&[][..], &["--processes", "1"]] {
        let memory = ["--session-store", "memory"];
        let mut program = Program::demo(&[&memory[..], arguments].concat());
        let mut visitor = Visitor::default();
        assert_eq!(visitor.visit(&program), 1);
        program.signal("USR2");
        let line = program.next_error();
        assert!(line.contains("sessions in memory would be lost"), "{line}");
        assert_eq!(visitor.visit(&program), 2);
        end(program);
    }
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
    check_refused(&arguments, " has not started: exit status: 1");
}

#[test]
fn all_processes_serve_for_the_delay_of_the_end() {
    let arguments = ["--processes", "2", "--health", "--drain-delay", "2"];
    let mut program = Program::demo(&arguments);
    let (head, _) = program.get("/readyz");
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let begin = Instant::now();
    program.signal("TERM");
    assert_eq!(program.next_error(), "wsgi demo: ending");
    // A process hears of it a moment later.
    eventually("the program is not ready", || {
        program.get("/readyz").0.starts_with("HTTP/1.1 503 ")
    });
    assert!(program.wait().success());
    assert!(begin.elapsed() >= Duration::from_secs(2));
}

#[cfg(feature = "tls")]
#[test]
fn the_redirect_to_https_is_passed_on() {
    let folder = TempDir::new().expect("a folder");
    let made = rcgen::generate_simple_self_signed(["demo".to_owned()]).expect("a certificate");
    let paths = ["cert.pem", "key.pem"].map(|name| folder.path().join(name));
    fs::write(&paths[0], made.cert.pem()).expect("a file");
    fs::write(&paths[1], made.signing_key.serialize_pem()).expect("a file");
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
