//! Colours, which only a terminal gets.

use std::{
    ffi::OsStr,
    fs::{File, OpenOptions},
    io::Read,
    os::unix::ffi::OsStrExt,
    process::{Command, Stdio},
};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// The end of a terminal that programs use, and that of its user.
fn terminal() -> (File, File) {
    let user = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&user).expect("access to it");
    unlockpt(&user).expect("its other end");
    let name = ptsname(&user, Vec::new()).expect("its name");
    let name = OsStr::from_bytes(name.as_bytes());
    let programs = OpenOptions::new().read(true).write(true).open(name);
    (programs.expect("the other end"), File::from(user))
}

/// Runs the program on a terminal, and returns what it shows.
fn shown(arguments: &[&str], refusal: &str) -> String {
    let (programs, mut user) = terminal();
    let stream = || Stdio::from(programs.try_clone().expect("a copy"));
    let mut child = Command::new(env!("CARGO_BIN_EXE_wsgi"))
        .args(arguments)
        .env("TERM", "xterm")
        .env("NO_COLOR", refusal)
        .stdin(Stdio::null())
        .stdout(stream())
        .stderr(stream())
        .spawn()
        .expect("the program starts");
    drop(programs);
    let mut bytes = Vec::new();
    // When the program has ended, Linux answers with an error, and others with the end.
    let _ = user.read_to_end(&mut bytes);
    child.wait().expect("the program ends");
    String::from_utf8(bytes).expect("text")
}

#[test]
fn a_terminal_gets_colours_unless_its_user_refuses_them() {
    const BOLD: &str = "\x1b[1m";
    const ERROR: &str = "\x1b[1;31mwsgi:\x1b[0m unknown command \"dmeo\"";
    let help = shown(&["demo", "--help"], "");
    assert!(help.contains(BOLD) && help.contains("--bind"), "{help:?}");
    let error = shown(&["dmeo"], "");
    assert!(error.starts_with(ERROR), "{error:?}");
    for arguments in [&["demo", "--help"][..], &["dmeo"]] {
        let text = shown(arguments, "1");
        assert!(!text.is_empty() && !text.contains('\x1b'), "{text:?}");
    }
}

#[test]
fn a_pipe_gets_no_colours() {
    for (arguments, text) in [(&["demo", "--help"][..], "--bind"), (&["dmeo"], "wsgi: ")] {
        let output = Command::new(env!("CARGO_BIN_EXE_wsgi"))
            .args(arguments)
            .env("TERM", "xterm")
            .env_remove("NO_COLOR")
            .output()
            .expect("the program starts");
        let shown = [output.stdout, output.stderr].concat();
        let shown = String::from_utf8(shown).expect("text");
        assert!(shown.contains(text) && !shown.contains('\x1b'), "{shown}");
    }
}
