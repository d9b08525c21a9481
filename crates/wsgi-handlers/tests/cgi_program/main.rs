//! CGI programs as applications: small scripts of a shell.

#![cfg(all(unix, feature = "cgi-program"))]

mod clients;
mod input;
mod log;
mod redirects;
mod variables;

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use wsgi_application::{Application, Body, Content, Status, application};
use wsgi_handlers::CgiProgram;
use wsgi_testing::{LiveServer, Request};

/// Long enough for any machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn shell(script: &str) -> CgiProgram {
    let program = CgiProgram::new("/bin/sh").time_limit(PATIENCE);
    program.argument("-c").argument(script)
}

/// A script after the head of a text.
fn text(script: &str) -> CgiProgram {
    shell(&format!("echo Content-Type: text/plain; echo; {script}"))
}

#[track_caller]
fn eventually(mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < end, "it never happened");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Whether the process whose number is in a file is gone.
fn is_gone(file: &Path) -> bool {
    let Ok(number) = fs::read_to_string(file) else {
        return false;
    };
    let Ok(state) = fs::read_to_string(format!("/proc/{}/stat", number.trim())) else {
        return !number.trim().is_empty();
    };
    state.contains(") Z ") // ended, and nobody has waited for it yet
}

/// Whether a program has come to write to a file, which is empty before.
fn has_text(file: &Path) -> bool {
    fs::read(file).is_ok_and(|text| !text.is_empty())
}

#[test]
fn the_head_is_that_of_the_program() {
    let app = shell("printf 'Status: 201 Made\\r\\nX-A: 1\\r\\nX-A: 2\\r\\n\\r\\nbody'");
    let response = Request::get("/").call(&app);
    assert_eq!(response.status().code(), 201);
    assert_eq!(response.status().reason(), "Made");
    let values: Vec<_> = response.headers().get_all("X-A").collect();
    assert_eq!(values, ["1", "2"]);
    assert_eq!(response.text(), "body");
}

#[test]
fn a_malformed_head_is_a_failure() {
    for (script, reason) in [
        ("echo Hello", "no empty line"),
        ("true", "the CGI program /bin/sh has written nothing"),
        ("echo; echo", "no Content-Type, Location or Status"),
        ("echo a b; echo", "a line without a colon"),
        ("yes X-A: a", "more than 64 KiB"),
        (
            "printf 'Status: 200\\nX-A: %065600d\\n\\n' 0",
            "more than 64 KiB",
        ),
        ("echo Status: 100 Go on; echo", "an invalid Status"),
    ] {
        let response = Request::get("/").call(&shell(script));
        assert_eq!(
            response.status(),
            &Status::INTERNAL_SERVER_ERROR,
            "{script}"
        );
        assert!(response.errors().contains(reason), "{}", response.errors());
    }
}

#[test]
fn a_program_that_takes_too_long_is_killed_with_its_children() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("number");
    let script = "sleep 1000 & echo $! > \"$FILE.new\"; mv \"$FILE.new\" \"$FILE\"; wait";
    let app = shell(script).env("FILE", &file);
    // The first time may be too short for the script to begin.
    let mut limit = Duration::from_millis(100);
    while !file.exists() {
        let response = Request::get("/").call(&app.clone().time_limit(limit));
        assert_eq!(response.status(), &Status::GATEWAY_TIMEOUT);
        assert!(response.errors().contains("took too long"));
        limit *= 2;
    }
    eventually(|| is_gone(&file));
}

#[test]
fn a_body_that_takes_too_long_is_cut() {
    let mut limit = Duration::from_millis(100);
    loop {
        let app = text("echo first; exec sleep 1000").time_limit(limit);
        let response = Request::get("/").call(&app);
        if response.status() == &Status::OK {
            assert_eq!(response.text(), "first\n");
            assert!(!response.is_complete());
            return;
        }
        limit *= 2;
    }
}

#[test]
fn what_was_written_in_time_may_be_read_late() {
    let mut limit = Duration::from_millis(100);
    loop {
        let app = text("head -c 50000 /dev/zero; exec >&-").time_limit(limit);
        let slow = application(|environ, start_response| {
            let end = Instant::now() + limit;
            let body = Application::call(&app, environ, start_response)?;
            thread::sleep(end.saturating_duration_since(Instant::now()));
            Ok(body)
        });
        // The first time may be too short for the program.
        let response = Request::get("/").call(&slow);
        if response.is_complete() && response.status() == &Status::OK {
            assert_eq!(response.body().len(), 50_000);
            return;
        }
        assert!(limit < PATIENCE, "{}", response.errors());
        limit *= 2;
    }
}

#[test]
fn the_time_of_a_slow_client_is_not_that_of_the_program() {
    let mut limit = Duration::from_millis(100);
    loop {
        let app = text("head -c 500000 /dev/zero").time_limit(limit);
        let slow = application(|environ, start_response| {
            let body = Application::call(&app, environ, start_response)?;
            let Content::Chunks(chunks) = body.into_content() else {
                return Ok("no chunks".into());
            };
            let mut waits = [limit * 2].into_iter();
            Ok(Body::chunks(chunks.inspect(move |_| {
                waits.next().into_iter().for_each(thread::sleep);
            })))
        });
        // The first time may be too short for the program.
        let response = Request::get("/").call(&slow);
        if response.status() == &Status::OK {
            assert!(response.is_complete(), "{}", response.errors());
            assert_eq!(response.body().len(), 500_000);
            return;
        }
        assert!(limit < PATIENCE, "{}", response.errors());
        limit *= 2;
    }
}

#[test]
fn the_deadline_of_the_request_counts() {
    let app = shell("exec sleep 1000");
    let began = Instant::now();
    let limited = application(|environ, start_response| {
        environ.set_deadline(Instant::now() + Duration::from_millis(50));
        Application::call(&app, environ, start_response)
    });
    let response = Request::get("/").call(&limited);
    assert_eq!(response.status(), &Status::GATEWAY_TIMEOUT);
    assert!(
        began.elapsed() < PATIENCE,
        "its own limit, not the deadline"
    );
}

#[test]
fn a_program_whose_client_leaves_ends() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("number");
    let app = text("echo $$ > \"$FILE\"; exec yes").env("FILE", &file);
    let response = Request::get("/").disconnect_after(1000).call(&app);
    assert!(!response.is_complete());
    eventually(|| is_gone(&file));
}

#[test]
fn all_programs_can_be_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("number");
    let app = text("echo $$ > \"$FILE\"; exec sleep 1000").env("FILE", &file);
    thread::scope(|scope| {
        let call = scope.spawn(|| Request::get("/").call(&app));
        eventually(|| has_text(&file));
        app.clone().stop();
        let response = call.join().unwrap();
        assert_eq!(response.status(), &Status::INTERNAL_SERVER_ERROR);
    });
    assert!(is_gone(&file));
    let response = Request::get("/").call(&app);
    assert_eq!(response.status(), &Status::SERVICE_UNAVAILABLE);
}

#[test]
fn a_program_may_go_on_for_a_while_after_its_output() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("done");
    let script =
        "echo all; exec >&-; sleep 0.3; echo ok > \"$FILE.new\"; mv \"$FILE.new\" \"$FILE\"";
    let response = Request::get("/").call(&text(script).env("FILE", &file));
    assert_eq!(response.text(), "all\n");
    assert!(response.is_complete());
    eventually(|| file.exists());
}

#[test]
fn a_program_whose_output_nobody_wants_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("number");
    let script =
        "echo $$ > \"$FILE\"; echo Content-Type: text/plain; echo; echo a; exec sleep 1000";
    Request::head("/").call(&shell(script).env("FILE", &file));
    // There is nobody who would still wait for it.
    assert!(is_gone(&file));
}

#[test]
fn programs_are_counted_until_they_are_gone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("go");
    let app = text("echo all; until [ -e \"$FILE\" ]; do sleep 0.01; done");
    let app = app.env("FILE", &file).max_programs(1);
    let twice = application(|environ, start_response| {
        let body = Application::call(&app, environ, start_response)?;
        let response = Request::get("/").call(&app.clone());
        assert_eq!(response.status(), &Status::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers().get("Retry-After").unwrap(), "5");
        assert!(response.errors().contains("1 CGI programs run"));
        fs::write(&file, "")?;
        Ok(body)
    });
    let response = Request::get("/").call(&twice);
    assert_eq!(response.text(), "all\n", "{}", response.errors());
    eventually(|| Request::get("/").call(&app).status() == &Status::OK);
    // One that cannot be started has no place.
    let app = CgiProgram::new("/nonexistent").max_programs(1);
    for _ in 0..2 {
        let response = Request::get("/").call(&app);
        assert_eq!(response.status(), &Status::INTERNAL_SERVER_ERROR);
    }
}

#[test]
fn a_program_that_is_ended_by_a_signal_cuts_its_response() {
    let response = Request::get("/").call(&text("echo half; kill -KILL $$"));
    assert_eq!(response.text(), "half\n");
    assert!(!response.is_complete());
    assert!(response.errors().contains("signal 9"));
}

#[test]
fn a_head_request_has_no_body() {
    let response = Request::head("/").call(&text("echo body"));
    assert_eq!(
        (response.status(), response.body()),
        (&Status::OK, &b""[..])
    );
}

#[test]
fn a_server_runs_programs_and_ends_those_of_clients_that_leave() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("number");
    let script = "case $PATH_INFO in /wait) echo $$ > \"$FILE\"; exec sleep 1000;; *) cat;; esac";
    let server = LiveServer::new(text(script).env("FILE", &file));
    let send = |request: &str| {
        let mut client = TcpStream::connect(server.address()).unwrap();
        client.write_all(request.as_bytes()).unwrap();
        client
    };
    let mut client =
        send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody");
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("body"), "{answer}");
    let client = send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
    eventually(|| has_text(&file));
    drop(client);
    eventually(|| is_gone(&file));
}
