//! The program is called, and says what it thinks of it.

use std::process::{Command, Output};

fn wsgi(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wsgi"))
        .args(arguments)
        .output()
        .expect("the program starts")
}

#[track_caller]
fn check_refused(arguments: &[&str], code: i32, message: &str) {
    let output = wsgi(arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{errors}");
    assert!(errors.contains(message), "{errors}");
    assert_eq!(output.stdout, b"");
}

#[test]
fn help_and_version_go_to_standard_output() {
    let help = wsgi(&["--help"]);
    assert!(help.status.success());
    assert!(String::from_utf8_lossy(&help.stdout).contains("wsgi demo [--bind ADDR]"));
    let version = wsgi(&["--version"]);
    assert!(version.status.success());
    let expected = concat!("wsgi ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(String::from_utf8_lossy(&version.stdout), expected);
}

#[test]
fn bad_usage_is_named_and_ends_with_2() {
    check_refused(&[], 2, "a command is missing");
    check_refused(
        &["demo", "--port", "80"],
        2,
        "there is no option \"--port\"",
    );
    check_refused(&["demo", "--threads", "many"], 2, "not \"many\"");
}

#[test]
fn an_address_that_cannot_be_listened_on_ends_with_1() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    let message = format!("cannot listen on {address}");
    check_refused(&["demo", "--bind", &address], 1, &message);
}
