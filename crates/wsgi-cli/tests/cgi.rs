//! The demo as a CGI program.

#![cfg(unix)]

mod support;

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
    thread,
};

use support::Program;
use tempfile::TempDir;

/// The response and the log of a request with these variables and this body.
fn cgi(arguments: &[&str], variables: &[(&str, &str)], body: &[u8]) -> (String, String) {
    let data = TempDir::new().expect("a folder");
    cgi_in(data.path(), arguments, variables, body)
}

/// The same with a data directory.
fn cgi_in(
    data: &Path,
    arguments: &[&str],
    variables: &[(&str, &str)],
    body: &[u8],
) -> (String, String) {
    let mut process = Command::new(env!("CARGO_BIN_EXE_wsgi"))
        .arg("cgi")
        .args(arguments)
        .env_clear()
        .env("XDG_DATA_HOME", data)
        .env("GATEWAY_INTERFACE", "CGI/1.1")
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut input = process.stdin.take().expect("its input is piped");
    input.write_all(body).expect("the body is sent");
    let output = process.wait_with_output().expect("the program ends");
    drop(input);
    assert!(output.status.success());
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (text(output.stdout), text(output.stderr))
}

#[test]
fn a_page_is_answered() {
    let variables = [("REQUEST_METHOD", "GET"), ("PATH_INFO", "/hello")];
    let (response, errors) = cgi(&[], &variables, b"");
    assert!(response.starts_with("Status: 200 OK\r\n"), "{response}");
    assert!(response.ends_with("\r\n\r\nHello world!\n"), "{response}");
    assert_eq!(errors, "");
}

#[test]
fn a_range_of_a_file_is_answered() {
    let variables = [
        ("REQUEST_METHOD", "GET"),
        ("SCRIPT_NAME", "/cgi-bin/demo"),
        ("PATH_INFO", "/files/numbers.txt"),
        ("HTTP_RANGE", "bytes=-8"),
    ];
    let (response, errors) = cgi(&[], &variables, b"");
    assert!(response.starts_with("Status: 206 Partial Content\r\n"));
    assert!(response.ends_with("\r\n\r\n0999999\n"), "{response}");
    assert_eq!(errors, "");
}

#[test]
fn the_blog_outlives_the_program() {
    let data = TempDir::new().expect("a folder");
    let ask = |method, arguments: &[&str], body: &[u8]| {
        let length = body.len().to_string();
        let variables = [
            ("REQUEST_METHOD", method),
            ("SCRIPT_NAME", "/cgi-bin/demo"),
            ("PATH_INFO", "/blog/tea"),
            ("QUERY_STRING", "type=xml"),
            ("CONTENT_LENGTH", &*length),
        ];
        cgi_in(data.path(), arguments, &variables, body).0
    };
    let created = ask("PUT", &[], b"green");
    assert!(created.contains("Status: 201 Created\r\n"), "{created}");
    assert!(
        created.contains("\r\nLocation: /cgi-bin/demo/blog/tea\r\n"),
        "{created}"
    );
    assert!(ask("GET", &[], b"").contains("<text>green</text>"));
    assert!(data.path().join("wsgi/blog").is_dir());
    let other = data.path().join("other").display().to_string();
    let response = ask("GET", &["--blog", &other], b"");
    assert!(
        response.starts_with("Status: 404 Not Found\r\n"),
        "{response}"
    );
}

#[test]
fn an_upload_comes_back() {
    let variables = [
        ("REQUEST_METHOD", "PUT"),
        ("PATH_INFO", "/echo"),
        ("CONTENT_TYPE", "text/x"),
        ("CONTENT_LENGTH", "6"),
    ];
    let (response, errors) = cgi(&[], &variables, b"\r\n\0\n\r\n");
    assert!(response.contains("\r\nContent-Type: text/x\r\n"));
    assert!(response.ends_with("\r\n\r\n\r\n\0\n\r\n"), "{response}");
    assert_eq!(errors, "");
}

#[test]
fn the_variables_are_those_of_the_front_server() {
    let variables = [
        ("REQUEST_METHOD", "GET"),
        ("SCRIPT_NAME", "/cgi-bin/demo"),
        ("PATH_INFO", "/environ/x"),
        ("HTTPS", "on"),
        ("HTTP_PROXY", "http://evil.example"),
    ];
    let (response, _) = cgi(&["--session-store", "memory"], &variables, b"");
    for line in [
        "GATEWAY_INTERFACE = 'CGI/1.1'",
        "SCRIPT_NAME = '/cgi-bin/demo/environ'",
        "PATH_INFO = '/x'",
        "wsgi.run_once = 'true'",
        "wsgi.multiprocess = 'true'",
        "wsgi.url_scheme = 'https'",
    ] {
        assert!(response.lines().any(|other| other == line), "{line}");
    }
    assert!(!response.contains("evil"));
}

#[test]
fn a_call_without_a_request_is_answered_and_logged() {
    let (response, errors) = cgi(&[], &[], b"");
    assert!(response.starts_with("Status: 500 Internal Server Error\r\n"));
    assert_eq!(errors, "there is no REQUEST_METHOD\n");
}

#[test]
fn somebody_who_calls_it_by_hand_is_told_how() {
    let data = TempDir::new().expect("a folder");
    let mut program = Command::new(env!("CARGO_BIN_EXE_wsgi"));
    program.arg("cgi").stdin(Stdio::null());
    program.env_clear().env("XDG_DATA_HOME", data.path());
    let output = program.output().expect("the program starts");
    let errors = String::from_utf8(output.stderr).expect("text");
    let hint = "to try it, run `REQUEST_METHOD=GET PATH_INFO=/hello wsgi cgi`\n";
    assert!(errors.contains(hint), "{errors}");
}

#[test]
fn a_store_that_cannot_be_opened_is_answered_and_logged() {
    let arguments = ["--session-store=file:/no/such/folder/a"];
    let variables = [("REQUEST_METHOD", "GET"), ("PATH_INFO", "/hello")];
    let (response, errors) = cgi(&arguments, &variables, b"");
    assert!(response.starts_with("Status: 500 Internal Server Error\r\n"));
    assert!(!response.contains("/no/such"), "{response}");
    let expected = "GET \"/hello\": cannot open the session store file:/no/such/folder/a";
    assert!(errors.starts_with(expected), "{errors}");
}

/// A visit by CGI: the visitor's count, and the cookie if one is set.
fn visit(data: &Path, cookie: &str) -> (u64, Option<String>) {
    let variables = [
        ("REQUEST_METHOD", "GET"),
        ("PATH_INFO", "/visits"),
        ("HTTP_COOKIE", cookie),
    ];
    let (response, errors) = cgi_in(data, &[], &variables, b"");
    assert_eq!(errors, "", "{response}");
    let (_, count) = response.split_once("Visits: ").expect("a count");
    let set = response.split_once("Set-Cookie: ");
    let set = set.and_then(|(_, set)| set.split(';').next());
    (
        count.trim_end().parse().expect("a number"),
        set.map(ToOwned::to_owned),
    )
}

#[test]
fn requests_that_overlap_take_turns_with_the_file() {
    let data = TempDir::new().expect("a folder");
    let (count, cookie) = visit(data.path(), "");
    assert_eq!(count, 1);
    let cookie = cookie.expect("a cookie");
    let mut seen: Vec<u64> = thread::scope(|scope| {
        let visit = || visit(data.path(), &cookie);
        let visits: Vec<_> = (0..8).map(|_| scope.spawn(visit)).collect();
        let ended = visits
            .into_iter()
            .map(|visit| visit.join().expect("a visit"));
        ended
            .inspect(|(_, set)| assert_eq!(*set, None, "the cookie is good"))
            .map(|(count, _)| count)
            .collect()
    });
    seen.sort_unstable();
    assert_eq!(seen, [2, 3, 4, 5, 6, 7, 8, 9]);
}

#[test]
fn first_requests_that_overlap_create_the_file_once() {
    let data = TempDir::new().expect("a folder");
    let cookies: Vec<String> = thread::scope(|scope| {
        let visit = || visit(data.path(), "");
        let visits: Vec<_> = (0..8).map(|_| scope.spawn(visit)).collect();
        let ended = visits
            .into_iter()
            .map(|visit| visit.join().expect("a visit"));
        ended
            .map(|(count, set)| {
                assert_eq!(count, 1);
                set.expect("a cookie")
            })
            .collect()
    });
    for cookie in cookies {
        assert_eq!(visit(data.path(), &cookie), (2, None));
    }
}

#[test]
fn a_file_in_use_is_503_and_never_memory() {
    let data = TempDir::new().expect("a folder");
    let _demo = Program::start_in(
        data.path().to_str().expect("a path"),
        &["demo", "--bind=127.0.0.1:0"],
    );
    let variables = [("REQUEST_METHOD", "GET"), ("PATH_INFO", "/visits")];
    let (response, errors) = cgi_in(data.path(), &[], &variables, b"");
    assert!(
        response.starts_with("Status: 503 Service Unavailable\r\n"),
        "{response}"
    );
    assert!(response.contains("\r\nRetry-After: 5\r\n"), "{response}");
    assert!(!response.contains("Set-Cookie"), "{response}");
    assert!(errors.contains("sessions.redb is already open"), "{errors}");
}

#[test]
fn a_damaged_file_is_500_and_the_log_says_what_to_do() {
    let data = TempDir::new().expect("a folder");
    fs::create_dir(data.path().join("wsgi")).expect("a folder");
    fs::write(data.path().join("wsgi/sessions.redb"), [7; 5000]).expect("a file");
    let variables = [("REQUEST_METHOD", "GET"), ("PATH_INFO", "/visits")];
    let (response, errors) = cgi_in(data.path(), &[], &variables, b"");
    assert!(
        response.starts_with("Status: 500 Internal Server Error\r\n"),
        "{response}"
    );
    assert!(errors.contains("move it away"), "{errors}");
}
