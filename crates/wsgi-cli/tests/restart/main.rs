//! Restarts, and several processes: real programs, real sockets.

#![cfg(target_os = "linux")] // they look for processes in /proc

#[path = "../support/browser.rs"]
mod browser;
mod events;
mod failures;
mod gate;
mod killed;
mod live;
mod load;
mod numbers;
mod restarts;
mod several;
mod starting;
mod stuck;
#[path = "../support/mod.rs"]
mod support;

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, process::Command};

use support::{Program, eventually};
use tempfile::TempDir;

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
        Program::of(self.command(arguments))
    }

    /// The command that starts the demo.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command
            .args(["demo", "--threads", "1"])
            .args(arguments)
            .env("XDG_DATA_HOME", self.folder.path())
            // What a program leaves behind that is killed goes with the test.
            .env("TMPDIR", self.folder.path());
        command
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

/// The workers of a parent that wants this number of them.
#[track_caller]
fn workers(parent: &Program, count: usize) -> Vec<u32> {
    let mut found = Vec::new();
    eventually("the workers live", || {
        found = children(parent.process.id());
        found.len() == count
    });
    found
}

/// Whether a process that this one has not started has ended.
fn has_ended(process: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"));
    stat.map_or(true, |stat| stat.contains(") Z "))
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
