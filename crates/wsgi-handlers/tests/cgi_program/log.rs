//! The errors stream.

use std::{
    io::{self, Write},
    thread,
    time::Duration,
};

use wsgi_application::{Application, Status, application};
use wsgi_environ::Errors;
use wsgi_handlers::CgiProgram;
use wsgi_testing::Request;

use crate::{shell, text};

#[test]
fn standard_error_goes_to_the_log_and_never_blocks() {
    let script =
        "i=0; while [ $i -lt 30 ]; do echo line $i >&2; i=$((i+1)); done; echo last >&2; exit 3";
    let response = Request::get("/").call(&text(script));
    assert_eq!(response.status(), &Status::OK);
    for line in [
        "line 0\n",
        "line 29\n",
        "last\n",
        "the CGI program /bin/sh ended with status 3\n",
    ] {
        assert!(
            response.errors().contains(line),
            "{line}: {}",
            response.errors()
        );
    }
    let script = "yes error | head -c 1000000 >&2; echo Content-Type: text/plain; echo; echo done";
    let response = Request::get("/").call(&shell(script));
    assert_eq!(response.text(), "done\n");
    assert!(
        response.errors().len() < 200_000,
        "{}",
        response.errors().len()
    );
    assert!(response.errors().contains("the rest is left out"));
}

#[test]
fn lines_of_standard_error_name_the_request_and_the_program() {
    let script = "printf 'a\\rb\\033]0;x\\a\\n[8e] GET \"/other\": failed\\nhalf' >&2";
    let response = Request::get("/tea")
        .variable("UNIQUE_ID", "7f")
        .call(&text(script));
    assert_eq!(response.status(), &Status::OK);
    let about = "[7f] GET \"/tea\": the CGI program /bin/sh wrote:";
    let expected = format!(
        "{about} a\\rb\\u{{1b}}]0;x\\u{{7}}\n{about} [8e] GET \"/other\": failed\n{about} half\n"
    );
    assert_eq!(response.errors(), expected);
}

#[test]
fn a_client_cannot_keep_lines_of_a_program_out_of_the_log() {
    let line = "e".repeat(300);
    let script = format!("for n in $(seq 100); do echo $n {line}; done >&2");
    let lines = |path: &str| {
        let response = Request::get(path).call(&text(&script));
        let errors = response.errors();
        assert!(errors.len() < 200_000, "{}", errors.len());
        errors
            .lines()
            .filter(|entry| entry.ends_with(&line))
            .count()
    };
    for part in ["a", "%01", "%ff"] {
        assert_eq!(lines(&format!("/{}", part.repeat(8000))), 100, "{part}");
    }
}

#[test]
fn messages_name_the_request_and_the_program() {
    let brief = Duration::from_millis(10);
    let redirect = "echo Location: /new; echo X-A: 1; echo";
    for (app, message) in [
        (text("exit 3"), "ended with status 3"),
        (
            shell("exec sleep 1000").time_limit(brief),
            "took too long, and was killed",
        ),
        (
            shell("echo a"),
            "has written a malformed head: no empty line at its end",
        ),
        (text("kill -KILL $$"), "was ended by signal 9"),
        (
            shell(redirect),
            "set X-A beside a redirect inside the site, which has no fields",
        ),
    ] {
        let response = Request::get("/tea").variable("UNIQUE_ID", "7f").call(&app);
        let errors = response.errors();
        let about = "[7f] GET \"/tea\": ";
        let expected = format!("the CGI program /bin/sh {message}\n");
        assert!(errors.starts_with(about), "{errors}");
        assert!(errors.contains(&expected), "{errors}");
    }
    let response = Request::get("/tea").call(&text("true").max_programs(0));
    let expected = "GET \"/tea\": 0 CGI programs run; a request was refused\n";
    assert_eq!(response.errors(), expected);
}

#[test]
fn a_program_that_cannot_be_started_is_a_failure_that_names_it() {
    let app = CgiProgram::new("/nonexistent");
    let response = Request::get("/").call(&app);
    assert_eq!(response.status(), &Status::INTERNAL_SERVER_ERROR);
    let expected = "cannot start the CGI program /nonexistent: ";
    assert!(
        response.errors().contains(expected),
        "{}",
        response.errors()
    );
    let response = Request::get("/").call(&app.current_dir("/missing"));
    let expected = "cannot start the CGI program /nonexistent in the folder /missing: ";
    assert!(
        response.errors().contains(expected),
        "{}",
        response.errors()
    );
}

/// A log that takes its time for each line.
struct Slow(Errors);

impl Write for Slow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        thread::sleep(Duration::from_millis(20));
        (&self.0).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_time_in_which_standard_error_is_read_counts() {
    let line = "a".repeat(100);
    let script = format!("yes {line} >&2; :");
    let app = shell(&script).time_limit(Duration::from_millis(500));
    let (errors, written) = Errors::buffer();
    let slow = application(|environ, start_response| {
        environ.set_errors(Errors::to(Slow(errors.clone())));
        Application::call(&app, environ, start_response)
    });
    let response = Request::get("/").call(&slow);
    assert_eq!(response.status(), &Status::GATEWAY_TIMEOUT);
    // All of them would take longer.
    let log = written.to_string();
    assert!(!log.contains("the rest is left out"), "{log}");
}
