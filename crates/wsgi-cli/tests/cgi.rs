//! The demo as a CGI program.

#![cfg(unix)]

use std::{
    io::Write,
    process::{Command, Stdio},
};

use tempfile::TempDir;

/// What the program writes, and what it logs, for a request with these variables and this body.
fn cgi(arguments: &[&str], variables: &[(&str, &str)], body: &[u8]) -> (String, String) {
    let data = TempDir::new().expect("a folder");
    let mut process = Command::new(env!("CARGO_BIN_EXE_wsgi"))
        .arg("cgi")
        .args(arguments)
        .env_clear()
        .env("XDG_DATA_HOME", data.path())
        .env("GATEWAY_INTERFACE", "CGI/1.1")
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut input = process.stdin.take().expect("its input is piped");
    input.write_all(body).expect("the body is sent");
    let output = process.wait_with_output().expect("it ends");
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
fn what_the_application_is_told_is_shown() {
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
fn what_is_no_request_is_answered_and_logged() {
    let (response, errors) = cgi(&[], &[], b"");
    assert!(response.starts_with("Status: 500 Internal Server Error\r\n"));
    assert_eq!(errors, "there is no REQUEST_METHOD\n");
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
