//! Restarts that fail, after which the former processes go on.

use std::fs;

use crate::{
    BIND, Copy, children, end, eventually, restart,
    support::{Program, Visitor},
    workers,
};

#[test]
fn a_new_program_that_fails_changes_nothing() {
    let several = [BIND[0], BIND[1], "--processes", "2"];
    for (arguments, count) in [(&BIND[..], 0), (&several, 2)] {
        let copy = Copy::new();
        let mut program = copy.demo(arguments);
        let mut visitor = Visitor::default();
        assert_eq!(visitor.visit(&program), 1);
        let before = workers(&program, count);
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
