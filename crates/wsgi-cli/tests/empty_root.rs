//! A static build of the program, in a root folder that has nothing else.
//!
//! `STATIC_WSGI_PROGRAM` names the program, which the page about containers shows how to build.
//! Without it, or without the right to change the root, these tests are left out.

#![cfg(target_os = "linux")]

mod support;

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use support::{Program, Visitor};
use tempfile::TempDir;

/// A root folder with nothing but the program.
fn root() -> Option<TempDir> {
    let folder = TempDir::new().expect("a folder");
    let may_change_root = || {
        let mut chroot = Command::new("chroot");
        let chroot = chroot.arg(folder.path()).args(["/wsgi", "--version"]);
        let status = chroot.stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    };
    let program = env::var_os("STATIC_WSGI_PROGRAM").map(PathBuf::from);
    if let Some(program) = program {
        fs::copy(program, folder.path().join("wsgi")).expect("a static program");
        if may_change_root() {
            return Some(folder);
        }
    }
    // Bypasses the harness, which hides the output of tests that pass.
    let _ = writeln!(
        io::stderr(),
        "skipped: no static program, or no right to change the root"
    );
    None
}

fn demo(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("chroot");
    command.arg(root).args(["/wsgi", "demo", "--threads", "1"]);
    command.args(arguments).env_clear();
    command.env("PATH", env::var_os("PATH").unwrap_or_default());
    command
}

const SESSIONS: [&str; 2] = ["--session-store=file:/sessions", "--cookie-key=/key"];

#[test]
fn the_demo_runs_with_nothing_around_it() {
    let Some(root) = root() else { return };
    let arguments = ["--bind", "127.0.0.1:0", SESSIONS[0], SESSIONS[1]];
    let mut visitor = Visitor::default();
    for visits in 1..=2 {
        let mut program = Program::of(demo(root.path(), &arguments));
        assert_eq!(visitor.visit(&program), visits);
        let (head, _) = program.get("/files/page.html");
        assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
        program.signal("TERM");
        assert!(program.wait().success());
    }
    let mut files: Vec<_> = fs::read_dir(root.path())
        .expect("files")
        .map(|file| file.expect("a file").file_name())
        .collect();
    files.sort();
    assert_eq!(files, ["key", "sessions", "wsgi"]);
}

#[cfg(feature = "tls")]
#[test]
fn it_speaks_tls_there() {
    let Some(root) = root() else { return };
    let arguments = [
        "--bind",
        "127.0.0.1:0",
        "--tls-self-signed",
        SESSIONS[0],
        SESSIONS[1],
    ];
    let mut program = Program::of(demo(root.path(), &arguments));
    assert!(program.places[0].starts_with("https://"));
    let line = program.next_error();
    assert!(line.contains("self-signed certificate"), "{line}");
    program.signal("TERM");
    assert!(program.wait().success());
}

#[test]
fn a_name_that_cannot_be_looked_up_there_is_named() {
    let Some(root) = root() else { return };
    let arguments = ["--bind", "name.invalid:0", SESSIONS[0], SESSIONS[1]];
    let output = demo(root.path(), &arguments).output().expect("it starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        errors.contains("cannot listen on name.invalid:0: "),
        "{errors}"
    );
    assert_eq!(output.status.code(), Some(1));
}
