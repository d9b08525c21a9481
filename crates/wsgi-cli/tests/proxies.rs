//! The demo behind a proxy.

#![cfg(unix)]

mod support;

use std::{
    io::{Read, Write},
    os::unix::net::UnixStream,
    process::Command,
};

use support::{PATIENCE, Program, rest, split};

const X_FORWARDED: &str = "X-Forwarded-For: 203.0.113.9, 192.0.2.7\r\nX-Forwarded-Proto: https\r\n\
                           X-Forwarded-Host: example.org\r\nX-Forwarded-Prefix: /app";
const FORWARDED: &str = "Forwarded: for=\"[2001:db8::7]:81\";proto=https;host=example.org";

/// The lines of `/environ` that these variables have.
fn environ(demo: &Program, fields: &str, names: &[&str]) -> Vec<String> {
    let (_, body) = demo.get_with("/environ", fields);
    lines(&body, names)
}

/// The lines of the page `/environ` that these variables have.
fn lines(body: &str, names: &[&str]) -> Vec<String> {
    let is_asked = |line: &&str| {
        let name = line.split(" = ").next().unwrap_or_default();
        names.contains(&name)
    };
    body.lines().filter(is_asked).map(str::to_owned).collect()
}

#[test]
fn a_trusted_proxy_describes_the_request() {
    let demo = Program::demo(&[
        "--trust-proxy",
        "10.0.0.0/8",
        "--trust-proxy",
        "127.0.0.1",
        "--trust-forwarded-host=yes",
        "--trust-forwarded-prefix=yes",
    ]);
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
fn host_and_prefix_of_a_proxy_are_ignored_by_default() {
    let demo = Program::demo(&["--trust-proxy=127.0.0.1"]);
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
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
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

/// The lines of `/environ` that these variables have, after this header of a proxy.
fn environ_after(demo: &Program, header: &str, fields: &str, names: &[&str]) -> Vec<String> {
    let mut stream = demo.connect();
    let head = format!("{header}GET /environ HTTP/1.0\r\n{fields}\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("the head is sent");
    let (_, body) = split(&rest(&mut stream));
    lines(&body, names)
}

const HEADER: &str = "PROXY TCP4 192.0.2.7 203.0.113.1 56324 443\r\n";

#[test]
fn the_proxy_protocol_names_the_client_whose_own_fields_mean_nothing() {
    let demo = Program::demo(&["--proxy-protocol", "--trust-proxy", "127.0.0.1,192.0.2.7"]);
    let names = [
        "HTTP_X_FORWARDED_FOR",
        "REMOTE_ADDR",
        "REMOTE_PORT",
        "wsgi.url_scheme",
    ];
    let expected = [
        "REMOTE_ADDR = '192.0.2.7'",
        "REMOTE_PORT = '56324'",
        "wsgi.url_scheme = 'http'",
    ];
    assert_eq!(environ_after(&demo, HEADER, X_FORWARDED, &names), expected);
    let mut without = demo.connect();
    without
        .write_all(b"GET / HTTP/1.0\r\n\r\n")
        .expect("it is sent");
    assert_eq!(without.read(&mut [0]).unwrap_or(0), 0);
}

#[test]
fn a_proxy_that_speaks_http_may_be_the_client_of_one_that_names_it() {
    let demo = Program::demo(&[
        "--proxy-protocol",
        "--trust-proxy=127.0.0.1,192.0.2.7",
        "--forwarded-by=x-forwarded",
    ]);
    let fields = "X-Forwarded-For: 198.51.100.9\r\nX-Forwarded-Proto: https";
    let names = ["REMOTE_ADDR", "wsgi.url_scheme"];
    let expected = ["REMOTE_ADDR = '198.51.100.9'", "wsgi.url_scheme = 'https'"];
    assert_eq!(environ_after(&demo, HEADER, fields, &names), expected);
    let other = HEADER.replace("192.0.2.7", "192.0.2.8");
    let expected = ["REMOTE_ADDR = '192.0.2.8'", "wsgi.url_scheme = 'http'"];
    assert_eq!(environ_after(&demo, &other, fields, &names), expected);
}
