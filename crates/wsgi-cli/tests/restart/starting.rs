//! Signals while processes start, and processes that start too late or die.

use std::process::Stdio;

use crate::{
    BIND, Copy, children, end, eventually,
    gate::Gate,
    support::{Program, Visitor, signal},
    workers,
};

const ONE: [&str; 4] = [BIND[0], BIND[1], "--processes", "1"];

/// Waits for this number of restarts, and for the only worker that is left then.
#[track_caller]
fn check_restarted(program: &mut Program, times: usize) {
    let mut last = String::new();
    for _ in 0..times {
        let line = program.next_error();
        let id = line.strip_prefix("wsgi demo: restarted as process ");
        let id = id.expect(&line).to_owned();
        assert_ne!(id, last);
        last = id;
    }
    eventually("the last worker is alone", || {
        children(program.process.id()) == [last.parse::<u32>().expect("an id")]
    });
    assert!(program.get("/hello").0.starts_with("HTTP/1.1 200 "));
}

#[test]
fn a_restart_that_is_asked_for_while_the_first_worker_starts_follows_its_start() {
    let copy = Copy::new();
    let gate = Gate::new(&copy);
    let mut command = copy.command(&ONE);
    command.stdout(Stdio::null());
    let mut program = Program::without_address(command);
    workers(&program, 1);
    program.signal("USR2");
    gate.open();
    program.read_address();
    check_restarted(&mut program, 1);
    end(program);
}

#[test]
fn a_restart_while_a_worker_takes_the_place_of_a_dead_one_replaces_that() {
    let copy = Copy::new();
    let mut program = copy.demo(&ONE);
    let mut visitor = Visitor::default();
    assert_eq!(visitor.visit(&program), 1);
    let gate = Gate::new(&copy);
    let first = workers(&program, 1)[0];
    signal(first, "KILL");
    assert!(program.next_error().contains("another one starts in"));
    eventually("its successor starts", || {
        let now = children(program.process.id());
        now.len() == 1 && now[0] != first
    });
    program.signal("USR2");
    workers(&program, 2);
    gate.open();
    check_restarted(&mut program, 1);
    assert_eq!(visitor.visit(&program), 2);
    end(program);
}

#[test]
fn a_restart_that_is_asked_for_during_another_one_follows_it() {
    for arguments in [&BIND[..], &ONE] {
        let copy = Copy::new();
        let mut program = copy.demo(arguments);
        let before = children(program.process.id()).len();
        let gate = Gate::new(&copy);
        program.signal("USR2");
        workers(&program, before + 1);
        program.signal("USR2");
        gate.open();
        check_restarted(&mut program, 2);
        end(program);
    }
}

#[test]
fn the_signal_to_end_ends_a_restart_as_well() {
    for arguments in [&BIND[..], &ONE] {
        let copy = Copy::new();
        let program = copy.demo(arguments);
        let before = children(program.process.id()).len();
        let _gate = Gate::new(&copy);
        program.signal("USR2");
        workers(&program, before + 1);
        end(program);
    }
}

#[test]
fn a_new_process_that_does_not_serve_in_time_changes_nothing() {
    for arguments in [&BIND[..], &ONE] {
        let copy = Copy::new();
        let mut program = copy.demo(&[arguments, &["--start-timeout", "5"]].concat());
        let before = children(program.process.id());
        let mut visitor = Visitor::default();
        assert_eq!(visitor.visit(&program), 1);
        let gate = Gate::new(&copy);
        program.signal("USR2");
        let line = program.next_error();
        assert!(
            line.starts_with("wsgi demo: cannot restart: process "),
            "{line}"
        );
        let reason = "has not started: it was not ready after 5s; nothing has changed";
        assert!(line.ends_with(reason), "{line}");
        assert_eq!(children(program.process.id()), before);
        assert_eq!(visitor.visit(&program), 2);
        gate.open();
        end(program);
    }
}

#[test]
fn the_pauses_before_a_worker_that_dies_again_and_again_grow() {
    let mut program = Program::demo(&["--processes", "1"]);
    for pause in ["100ms", "200ms", "400ms"] {
        let worker = workers(&program, 1)[0];
        signal(worker, "KILL");
        let line = program.next_error();
        let expected = format!(
            "wsgi demo: process {worker} has ended: signal: 9 (SIGKILL); another one starts in {pause}"
        );
        assert_eq!(line, expected);
    }
    workers(&program, 1);
    eventually("it serves", || program.get("/hello").0.contains(" 200 "));
    end(program);
}
