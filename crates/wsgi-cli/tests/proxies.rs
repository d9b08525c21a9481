//! The demo behind a proxy that speaks HTTP.

#![cfg(unix)]

mod support;

use std::{io::Write, os::unix::net::UnixStream, process::Command};

use support::{Program, rest, split};

const X_FORWARDED: &str = "X-Forwarded-For: 203.0.113.9, 192.0.2.7\r\nX-Forwarded-Proto: https\r\n\
                           X-Forwarded-Host: example.org\r\nX-Forwarded-Prefix: /app";
const FORWARDED: &str = "Forwarded: for=\"[2001:db8::7]:81\";proto=https;host=example.org";

/// The lines of `/environ` that these variables have.
fn environ(demo: &Program, fields: &str, names: &[&str]) -> Vec<String> {
    let (_, body) = demo.get_with("/environ", fields);
    let is_asked = |line: &&str| {
        let name = line.split(" = ").next().unwrap_or_default();
        names.contains(&name)
    };
    body.lines().filter(is_asked).map(str::to_owned).collect()
}

#[test]
fn a_trusted_proxy_describes_the_request() {
    let demo = Program::demo(&["--trust-proxy", "10.0.0.0/8", "--trust-proxy", "127.0.0.1"]);
    let names = [
        "HTTPS",
        "HTTP_FORWARDED",
        "HTTP_HOST",
        "REMOTE_ADDR",
        "REMOTE_PORT",
        "SCRIPT_NAME",
        "SERVER_PORT",
        "wsgi.url_scheme",
    ];
    let expected = [
        "HTTPS = 'on'",
        "HTTP_HOST = 'example.org'",
        "REMOTE_ADDR = '192.0.2.7'",
        "SCRIPT_NAME = '/app/environ'",
        "SERVER_PORT = '443'",
        "wsgi.url_scheme = 'https'",
    ];
    let fields = format!("{X_FORWARDED}\r\n{FORWARDED}");
    assert_eq!(environ(&demo, &fields, &names), expected);

    let (head, _) = demo.get_with("/visits", X_FORWARDED);
    let (_, cookie) = head.split_once("\r\nSet-Cookie: ").expect("a cookie");
    let cookie = cookie.lines().next().unwrap_or_default();
    assert!(cookie.starts_with("__Host-"), "{cookie}");
    assert!(cookie.contains("; Secure"), "{cookie}");
}

#[test]
fn host_and_prefix_of_a_proxy_that_passes_them_on_are_ignored() {
    let demo = Program::demo(&[
        "--trust-proxy=127.0.0.1",
        "--trust-forwarded-host=no",
        "--trust-forwarded-prefix=no",
    ]);
    let names = [
        "HTTP_HOST",
        "HTTP_X_FORWARDED_HOST",
        "REMOTE_ADDR",
        "SCRIPT_NAME",
    ];
    let expected = [
        "HTTP_HOST = 'demo'",
        "REMOTE_ADDR = '192.0.2.7'",
        "SCRIPT_NAME = '/environ'",
    ];
    assert_eq!(environ(&demo, X_FORWARDED, &names), expected);
}

#[test]
fn the_fields_of_anybody_else_are_removed() {
    let demo = Program::demo(&["--trust-proxy=10.0.0.0/8,unix,::1"]);
    let names = [
        "HTTP_FORWARDED",
        "HTTP_X_FORWARDED_FOR",
        "REMOTE_ADDR",
        "wsgi.url_scheme",
    ];
    let expected = ["REMOTE_ADDR = '127.0.0.1'", "wsgi.url_scheme = 'http'"];
    let fields = format!("{X_FORWARDED}\r\n{FORWARDED}");
    assert_eq!(environ(&demo, &fields, &names), expected);
}

#[test]
fn without_a_trusted_proxy_the_fields_mean_nothing() {
    let names = ["HTTP_FORWARDED", "REMOTE_ADDR", "wsgi.url_scheme"];
    let expected = [
        "HTTP_FORWARDED = 'for=192.0.2.7;proto=https'",
        "REMOTE_ADDR = '127.0.0.1'",
        "wsgi.url_scheme = 'http'",
    ];
    let demo = Program::demo(&[]);
    let fields = "Forwarded: for=192.0.2.7;proto=https";
    assert_eq!(environ(&demo, fields, &names), expected);
}

#[test]
fn variables_of_the_program_name_the_proxies_and_their_fields() {
    let data = tempfile::TempDir::new().expect("a folder");
    let socket = data.path().join("socket");
    let mut command = Command::new(env!("CARGO_BIN_EXE_wsgi"));
    command
        .args(["demo", "--session-store=memory", "--bind"])
        .arg(format!("unix:{}", socket.display()))
        .env("WSGI_TRUST_PROXY", "10.0.0.0/8,unix")
        .env("WSGI_FORWARDED_BY", "forwarded");
    let _demo = Program::of(command);
    let mut stream = UnixStream::connect(&socket).expect("a connection");
    let head = format!("GET /environ HTTP/1.0\r\n{FORWARDED}\r\n{X_FORWARDED}\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("the head is sent");
    let (_, body) = split(&rest(&mut stream));
    for line in [
        "REMOTE_ADDR = '2001:db8::7'",
        "REMOTE_PORT = '81'",
        "HTTPS = 'on'",
    ] {
        assert!(body.lines().any(|other| other == line), "{line} in {body}");
    }
    assert!(!body.contains("HTTP_X_FORWARDED_FOR"), "{body}");
}
