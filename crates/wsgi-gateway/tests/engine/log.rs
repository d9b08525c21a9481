//! Log entries for failures.

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    error::Error as StdError,
    fmt,
    process::Command,
};

use wsgi_application::{Error, Result, application};
use wsgi_gateway::Engine;

use crate::memory::Request;

fn failing() -> impl wsgi_application::Application {
    application(|_, _| -> Result { Err("broken".into()) })
}

#[test]
fn an_entry_names_the_request() {
    let mut request = Request::get();
    request.environ.set("UNIQUE_ID", "7f3a");
    request.environ.set("REQUEST_METHOD", "PUT");
    request.environ.set("PATH_INFO", b"/caf\xe9 \"x\"");
    request
        .run(failing())
        .has_log("[7f3a] PUT \"/caf\\xe9 \\\"x\\\"\": broken\n");
}

#[test]
fn no_request_can_forge_an_entry() {
    let mut request = Request::get();
    request.environ.set("PATH_INFO", "/a\r\nGET \"/\": forged");
    request
        .run(failing())
        .has_log("GET \"/a\\r\\nGET \\\"/\\\": forged\": broken\n");

    let mut request = Request::get();
    request.environ.set("QUERY_STRING", "x\nGET \"/\": forged");
    let quoting = application(|environ, _| -> Result {
        Err(format!("bad query {}", environ.query_string()).into())
    });
    request
        .run(quoting)
        .has_log("GET \"/\": bad query x\n  GET \"/\": forged\n");
}

#[derive(Debug)]
struct Cause(&'static str, Option<Box<Cause>>);

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl StdError for Cause {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.1.as_deref().map(|cause| cause as _)
    }
}

#[test]
fn causes_are_listed_outermost_first() {
    let caused = application(|_, _| -> Result {
        let disk = Cause("the disk is full", None);
        let database = Cause("the database failed", Some(Box::new(disk)));
        Err(Cause("no orders", Some(Box::new(database))).into())
    });
    Request::get().run(caused).has_log(
        "GET \"/\": no orders\n  caused by: the database failed\n  caused by: the disk is full\n",
    );
}

#[test]
fn another_log_replaces_the_entries_for_errors() {
    let mut request = Request::get();
    let output = application(|_, _| panic!("worse"));
    request.engine = request.engine.error_output(output);
    request.engine = request.engine.log_exception(|environ, error| {
        let message = format_args!("{} {error}", environ.path_info());
        environ.errors().print(message);
    });
    request
        .run(failing())
        .has_log("/ broken\n/ panicked: worse\n");
}

#[test]
fn a_panic_of_the_log_is_ignored() {
    let mut request = Request::get();
    request.engine = request.engine.log_exception(|_, _| panic!("no log"));
    let response = request.run(failing());
    assert_eq!(response.body, b"500 Internal Server Error\n");
    response.has_log("");
}

#[test]
fn a_backtrace_is_logged_up_to_its_limit() {
    if Backtrace::capture().status() != BacktraceStatus::Captured {
        // A process decides once whether to capture backtraces, so the test needs another one.
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "log::a_backtrace_is_logged_up_to_its_limit"])
            .env("RUST_BACKTRACE", "1")
            .output()
            .unwrap();
        let report = String::from_utf8_lossy(&output.stdout);
        assert!(report.contains("1 passed"), "{report}");
        return;
    }
    let lines = |limit| {
        let mut request = Request::get();
        request.engine = Engine::new().max_backtrace_lines(limit);
        let log = request.run(failing()).log;
        assert!(log.starts_with("GET \"/\": broken\n"), "{log}");
        assert!(
            log.lines().skip(1).all(|line| line.starts_with("  ")),
            "{log}"
        );
        log.lines().count()
    };
    assert_eq!(lines(Some(0)), 1);
    if Error::from("broken").named_frames().is_none() {
        // This test was built without symbols. A line says so.
        assert_eq!((lines(Some(3)), lines(None)), (2, 2));
        return;
    }
    assert_eq!(lines(Some(3)), 4);
    assert!(lines(None) > 4);
}
